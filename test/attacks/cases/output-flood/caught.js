// verdict: failed output_limit
// without the limit of output: escaped
// needs: {"limits": {"outputBytes": 100000}}

/** The limit can't be caught and ignored. */
export default ({ output }) => {
  for (let i = 0; i < 40; i++) {
    try {
      output("x".repeat(10_000));
    } catch {
      // and on
    }
  }
  return "400 kB under a limit of 100";
};
