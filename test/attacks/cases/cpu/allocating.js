// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}
// long

/** With the optimizing compiler this one couldn't be ended. */
export default () => {
  let kept;
  for (;;) kept = new Array(100);
  return kept;
};
