// verdict: failed output_limit
// without the limit of output: escaped
// needs: {"limits": {"outputBytes": 100000}}

/** Bytes count, not characters. */
export default ({ output }) => {
  for (let i = 0; i < 40; i++) output("€".repeat(1_000));
  return "120 kB in 40,000 characters";
};
