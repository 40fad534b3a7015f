// verdict: failed error
// without the limit of nesting: lost
// needs: {"permissions": {"jobs": ["child"]}}

/** The same as an argument. */
export default async ({ jobs }) => {
  let deep = 1;
  for (let i = 0; i < 3_000; i++) deep = [deep];
  await jobs.start("child", { deep });
};
