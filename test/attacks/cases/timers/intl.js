// verdict: contained
// without the job's clock: escaped

/** Formatting nothing formats the present. */
export default () => {
  const format = new Intl.DateTimeFormat("en-US", { minute: "numeric", second: "numeric", fractionalSecondDigits: 3 });
  const from = format.format();
  for (let i = 0; i < 2e5; i++) if (format.format() !== from || format.formatToParts().at(-1).value !== from.slice(-3)) return "time has passed";
};
