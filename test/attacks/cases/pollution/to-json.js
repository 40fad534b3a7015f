// verdict: failed permission_denied
// without grants of secrets: escaped
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

/** What is declared isn't what is sent: the engine looks at what arrives. */
export default async ({ secrets }) => {
  Object.prototype.toJSON = () => ({ name: "forbidden" });
  const value = await secrets.get("granted");
  delete Object.prototype.toJSON;
  return value;
};
