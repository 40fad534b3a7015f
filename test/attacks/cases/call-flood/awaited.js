// verdict: failed host_calls
// without the limit of host calls: escaped
// needs: {"limits": {"hostCalls": 20}, "permissions": {"variables": ["here"]}}

export default async ({ variables }) => {
  for (let i = 0; i < 50; i++) await variables.get("here");
  return "50 calls under a limit of 20";
};
