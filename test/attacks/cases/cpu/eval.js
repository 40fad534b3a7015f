// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}

/** The compiler, again and again. */
export default () => {
  for (let i = 0; ; i++) globalThis.eval(`${i} + 1`);
};
