// verdict: failed permission_denied
// without machines that the job has selected: escaped
// needs: {"permissions": {"machines": {"select": "tag:role=web", "actions": ["exec"]}}}

/** The id of a machine outside of its selector. */
export default async ({ call }) => {
  await call("machines.select", { selector: "all" });
  return (await call("machines.exec", { machine: "mch_database", argv: ["id"], options: {} })).value;
};
