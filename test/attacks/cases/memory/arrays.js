// verdict: failed memory
// without the limits of memory: harms memory

/** Ordinary arrays, many of them. */
export default () => {
  const kept = [];
  for (;;) kept.push(new Array(1_000).fill(1.5));
};
