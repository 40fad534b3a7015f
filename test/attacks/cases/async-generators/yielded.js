// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** A generator awaits what it yields, and hands it on as it is. */
export default async ({ variables }) => {
  async function* values() {
    yield variables.get("here");
  }
  for await (const value of values()) return value.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
