// verdict: failed host_calls
// without the limit of open arguments: escaped
// needs: {"permissions": {"jobs": ["together"]}}

/** Nothing in the runner counts any more: the engine does. */
export default async ({ call }) => {
  const text = "x".repeat(1_900_000);
  await Promise.all(Array.from({ length: 12 }, () => call("jobs.start", { runbook: "together", params: { text }, options: {} })));
  return "23 MB held by the engine";
};
