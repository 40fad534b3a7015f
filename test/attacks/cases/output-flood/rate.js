// verdict: failed log_rate
// without the limit of the log's rate: escaped
// needs: {"limits": {"logRate": 50}}

export default ({ log }) => {
  for (let i = 0; i < 2_000; i++) log("again");
  return "2,000 entries in a moment";
};
