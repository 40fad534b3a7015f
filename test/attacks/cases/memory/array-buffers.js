// verdict: failed error
// without the limits of memory: harms memory

/** Outside of V8's own heap: the isolate's own count refuses them. */
export default () => {
  const kept = [];
  for (;;) kept.push(new Uint8Array(1_000_000).fill(1));
};
