// verdict: failed host_calls
// without the engine's own limit of host calls: escaped
// needs: {"limits": {"hostCalls": 20}, "permissions": {"variables": ["here"]}}

/** The engine counts by itself. */
export default async ({ call }) => {
  for (let i = 0; i < 50; i++) await call("variables.get", { name: "here" });
  return "50 calls under a limit of 20";
};
