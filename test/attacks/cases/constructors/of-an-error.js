// verdict: contained
// without an isolate of its own: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** What a host function throws may be the host's own. */
export default async ({ variables }) => {
  try {
    await variables.get("gone");
  } catch (error) {
    return error.constructor.constructor("return typeof process === 'undefined' ? undefined : process.version")();
  }
};
