// verdict: contained
// without what the prelude keeps from before: escaped
// needs: {"permissions": {"variables": ["here", "gone"]}}

/** What the prelude calls by its global name guest code may have replaced. */
export default async ({ variables }) => {
  let won;
  const { stringify } = JSON;
  JSON.stringify = (value) => {
    won = value;
    return stringify(value);
  };
  await variables.get("here");
  JSON.stringify = stringify;
  return won;
};
