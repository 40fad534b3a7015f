// verdict: contained
// without an isolate of its own: escaped

/** Whoever awaits a proxy asks it for `then`, and calls that with its own functions. */
export default async ({ retry }) => {
  let won;
  const thenable = new Proxy(
    {},
    {
      get: (_target, key) =>
        key === "then"
          ? (resolve) => {
              won = resolve.constructor("return typeof process === 'undefined' ? undefined : process.version")();
              resolve(1);
            }
          : undefined,
    },
  );
  await retry(() => thenable);
  return won;
};
