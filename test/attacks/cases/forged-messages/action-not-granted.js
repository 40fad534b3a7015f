// verdict: failed permission_denied
// without actions on machines: escaped
// needs: {"permissions": {"machines": {"select": "tag:role=web", "actions": ["exec"]}}}

/** It may run commands, not set tags, by which others select. */
export default async ({ call }) => {
  await call("machines.select", { selector: "all" });
  const { ok } = await call("machines.setTags", { machine: "mch_web", tags: { role: "database" } });
  return ok || undefined;
};
