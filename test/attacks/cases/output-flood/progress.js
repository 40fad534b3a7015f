// verdict: failed log_rate
// without the limit of the log's rate: escaped
// needs: {"limits": {"logRate": 50}}

export default ({ progress }) => {
  for (let i = 0; i < 2_000; i++) progress(i / 2_000);
  return "2,000 entries in a moment";
};
