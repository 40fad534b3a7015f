// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}
// long

/** Backtracking at each place of a long text. */
export default () => {
  const text = "ab".repeat(100_000);
  for (;;) text.replace(/(?:a|ab)*c/g, "x");
};
