// verdict: failed host_calls
// without the limit of host calls: escaped
// needs: {"limits": {"hostCalls": 20}, "permissions": {"variables": ["here"]}}

/** Whoever catches the error goes on. */
export default async ({ variables }) => {
  for (let i = 0; i < 50; i++) await variables.get("here").catch(() => {});
  return "50 calls under a limit of 20";
};
