// verdict: contained
// without an isolate of its own: escaped

/** What takes a callback returns a promise of the host. */
export default async ({ retry }) => {
  const promise = retry(() => 1);
  await promise;
  return promise.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
