// verdict: contained
// without an isolate of its own: escaped

/** `return` of an async generator unwraps promises of any realm. */
export default async ({ retry }) => {
  async function* values() {
    yield 1;
  }
  const generator = values();
  const { value } = await generator.return(retry(() => ({ number: 1 })));
  return retry(() => value).constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
