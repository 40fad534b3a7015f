// verdict: failed host_calls
// without the limit of host calls: escaped
// needs: {"limits": {"hostCalls": 20}, "permissions": {"variables": ["here"]}}

export default async ({ variables }) => {
  await Promise.all(Array.from({ length: 50 }, () => variables.get("here")));
  return "50 calls under a limit of 20";
};
