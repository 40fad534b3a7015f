// verdict: contained
// without the job's clock: escaped

/** The same by the other clock. */
export default () => {
  const from = Temporal.Now.instant().epochNanoseconds;
  for (let i = 0; i < 1e5; i++) if (Temporal.Now.instant().epochNanoseconds !== from) return "time has passed";
};
