// verdict: contained
// without an isolate of its own: escaped

/** A getter on an argument runs while the host reads it, with the host on the stack. */
export default async ({ log }) => {
  let won;
  log({
    get message() {
      won = /(\/[\w.-]+){2,}|[A-Z]:\\/.exec(new Error().stack)?.[0];
      return "x";
    },
    toString() {
      return this.message;
    },
  });
  return won;
};
