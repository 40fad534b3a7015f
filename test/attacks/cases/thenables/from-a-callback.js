// verdict: contained
// without an isolate of its own: escaped

/** The same from a callback. */
export default async ({ retry }) => {
  let won;
  await retry(() => ({
    then(resolve) {
      won = resolve.constructor("return typeof process === 'undefined' ? undefined : process.version")();
      resolve();
    },
  }));
  return won;
};
