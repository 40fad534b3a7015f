// verdict: contained
// without copies without prototypes: harms record
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

export default async ({ log, secrets }) => {
  await secrets.get("granted");
  log("x", JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'));
};
