// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}

/** Sorting runs in V8's own code. */
export default () => {
  const values = Array.from({ length: 20_000 }, (_, i) => (i * 7_919) % 20_011);
  for (;;) values.toSorted((a, b) => a - b || 1);
};
