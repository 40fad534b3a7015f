// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** What a host function returns is a value of this realm or of the host's. */
export default async ({ variables }) => {
  const { a } = await variables.get("here");
  // Whoever has the host's Array.prototype changes all arrays of the host.
  if (Object.getPrototypeOf(a) !== Array.prototype) return "the host's own Array.prototype";
};
