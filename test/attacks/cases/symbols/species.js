// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** An array of the host names its own species. */
export default async ({ variables }) => {
  const { a } = await variables.get("here");
  return a.constructor[Symbol.species].constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
