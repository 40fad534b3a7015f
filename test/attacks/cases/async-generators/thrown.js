// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** What is thrown through `yield*` arrives as it was thrown. */
export default async ({ variables }) => {
  async function* inner() {
    yield await variables.get("gone");
  }
  async function* outer() {
    try {
      yield* inner();
    } catch (error) {
      yield error.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
    }
  }
  return (await outer().next()).value;
};
