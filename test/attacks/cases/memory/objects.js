// verdict: failed memory
// without the limits of memory: harms memory
// long

/** Small objects. */
export default () => {
  const kept = [];
  for (let i = 0; ; i++) kept.push({ a: i, b: [i], c: { d: i } });
};
