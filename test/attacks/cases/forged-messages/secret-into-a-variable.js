// verdict: contained
// without secrets stay out of variables: escaped
// needs: {"permissions": {"secrets": ["granted"], "setVariables": ["here"]}}

/** Variables are for everyone. */
export default async ({ call }) => {
  const { value } = await call("secrets.get", { name: "granted" });
  const { ok } = await call("variables.set", { name: "here", value: Buffer.from(JSON.parse(value)).toString("hex") });
  return ok || undefined;
};
