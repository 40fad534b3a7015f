// verdict: contained
// without masking of what is written: harms record
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

/** The same beside a message that may have been cut, which is masked in another way. */
export default async ({ call, emit }) => {
  const { value } = await call("secrets.get", { name: "granted" });
  await emit("log", { level: "info", message: "…", mayBeCut: true, details: { secret: JSON.parse(value) } });
};
