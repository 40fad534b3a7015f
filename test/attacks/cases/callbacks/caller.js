// verdict: contained
// without the strict prelude: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** A sloppy function sees who has called it, unless the caller is strict. */
export default async ({ variables }) => {
  let won;
  function toJSON() {
    if (toJSON.caller) won = String(toJSON.caller);
    return "here";
  }
  await variables.get({ toJSON });
  return won;
};
