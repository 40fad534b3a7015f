// verdict: failed error
// without the limit of nesting: lost

/** Whoever walks it calls itself at each level: the engine's stack would end, and with it the runner of all other jobs. */
export default ({ output }) => {
  let deep = 1;
  for (let i = 0; i < 3_000; i++) deep = [deep];
  output(deep);
};
