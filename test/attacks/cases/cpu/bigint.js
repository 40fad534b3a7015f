// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}
// long

/** Multiplication of large numbers, in one call of V8's. */
export default () => {
  let value = 3n;
  for (;;) value = value ** 3n % (1n << 2_000_000n);
};
