// verdict: contained
// without copies without prototypes: harms record
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

/** Arguments are copied for the record. */
export default async ({ jobs, secrets }) => {
  await secrets.get("granted");
  await jobs.start("child", { data: JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}') });
};
