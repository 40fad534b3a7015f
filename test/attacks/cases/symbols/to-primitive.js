// verdict: contained
// without an isolate of its own: escaped

/** Runs when the host makes text of it, and looks for the host in the stack. */
export default ({ log }) => {
  let won;
  log({
    [Symbol.toPrimitive]() {
      won = /(\/[\w.-]+){2,}|[A-Z]:\\/.exec(new Error().stack)?.[0];
      return "x";
    },
  });
  return won;
};
