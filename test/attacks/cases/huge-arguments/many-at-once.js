// verdict: failed host_calls
// without the limit of open arguments: escaped
// needs: {"permissions": {"jobs": ["together"]}}

/** Each of a fair size, all of them open at once. */
export default async ({ jobs }) => {
  const text = "x".repeat(1_900_000);
  await Promise.all(Array.from({ length: 12 }, () => jobs.start("together", { text })));
  return "23 MB held by the engine";
};
