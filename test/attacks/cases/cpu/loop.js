// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}

/** The plainest one. */
export default () => {
  for (;;);
};
