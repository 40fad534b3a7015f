// verdict: contained
// without masking of what is written: harms record
// needs: {"permissions": {"secrets": ["granted"], "jobs": ["child"]}}

/** It has a secret that was granted, and writes it down. */
export default async ({ call, emit }) => {
  const { value } = await call("secrets.get", { name: "granted" });
  await emit("log", { level: "info", message: JSON.parse(value) });
};
