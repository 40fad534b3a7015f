// verdict: failed memory
// without the limits of memory: harms memory

/** Flat text, no two alike. */
export default () => {
  const kept = [];
  for (let i = 0; ; i++) kept.push(("abc" + i).repeat(1_000).replace("a", "b"));
};
