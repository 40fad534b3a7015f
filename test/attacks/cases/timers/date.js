// verdict: contained
// without the job's clock: escaped

/** Time stands still between two outcomes. */
export default () => {
  const from = Date.now();
  for (let i = 0; i < 5e7; i++) if (i % 1_000 === 0 && Date.now() !== from) return "time has passed";
};
