// verdict: failed memory
// without the limits of memory: harms memory

/** Hash tables. */
export default () => {
  const kept = new Map();
  for (let i = 0; ; i++) kept.set(i, new Map([[i, { i }]]));
};
