// verdict: contained
// without copies without prototypes: harms record
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

/** A member named `__proto__` that becomes the prototype of the copy. */
export default async ({ output, secrets }) => {
  await secrets.get("granted"); // from now on what is written is copied, to mask it
  output(JSON.parse('{"__proto__":{"isAdmin":true}}'));
};
