// verdict: contained
// without an isolate of its own: escaped

/** The trap sees what the host calls with. */
export default async ({ retry }) => {
  let won;
  await retry(
    new Proxy(() => {}, {
      apply(_target, _this, [attempt]) {
        won = attempt.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
      },
    }),
  );
  return won;
};
