// verdict: contained
// without the limit of one argument: lost

/** The same as an entry. */
export default ({ log }) => {
  try {
    log("x".repeat(3_000_000));
  } catch {
    return undefined;
  }
};
