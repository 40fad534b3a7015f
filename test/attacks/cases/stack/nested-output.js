// verdict: failed error
// without the limit of nesting: lost
// needs: {"permissions": {"secrets": ["granted"]}}

/** Whoever walks it calls itself at each level: the engine's stack would end, and with it the runner of all other jobs. */
export default async ({ output, secrets }) => {
  await secrets.get("granted"); // from now on what is written is walked, to mask it
  let deep = 1;
  for (let i = 0; i < 5_000; i++) deep = [deep];
  output(deep);
};
