// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** A promise of the host leads to its constructor. */
export default async ({ variables }) => {
  const promise = variables.get("here");
  await promise;
  return promise.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
