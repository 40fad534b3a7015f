// verdict: failed memory
// without the limits of memory: harms memory

/** What functions hold on to. */
export default () => {
  const kept = [];
  for (let i = 0; ; i++) {
    const held = new Array(100).fill(i);
    kept.push(() => held);
  }
};
