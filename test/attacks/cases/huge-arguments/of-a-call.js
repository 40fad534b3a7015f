// verdict: contained
// without the limit of one argument: lost
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** 3 MB: the engine would end the runner, with all other jobs in it. */
export default async ({ variables }) => {
  await variables.get("x".repeat(3_000_000)).catch(() => {});
};
