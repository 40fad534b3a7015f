// verdict: failed memory
// without the limits of memory: harms memory
// long

/** Numbers without end. */
export default () => {
  const kept = [];
  for (let i = 0n; ; i++) kept.push((1n << 1_000_000n) + i);
};
