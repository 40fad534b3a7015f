// verdict: failed memory
// without the limits of memory: harms memory
// long

/** Each beyond what the collector moves. */
export default () => {
  const kept = [];
  for (;;) kept.push(new Array(5_000_000).fill(0));
};
