// verdict: failed output_limit
// without the limit of output: escaped
// needs: {"limits": {"outputBytes": 100000}}

export default ({ log }) => {
  for (let i = 0; i < 40; i++) log("x", { details: "x".repeat(10_000) });
  return "400 kB under a limit of 100";
};
