// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}
// long

/** Code that refuses to end. */
export default () => {
  for (;;) {
    try {
      for (;;);
    } catch {
      // the end can't be caught
    } finally {
      for (;;);
    }
  }
};
