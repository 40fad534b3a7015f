// verdict: contained
// without an isolate of its own: escaped

/** What a callback is called with may be an object of the host. */
export default async ({ retry }) => {
  let won;
  await retry((attempt) => {
    won = attempt.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
  });
  return won;
};
