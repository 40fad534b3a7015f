// verdict: failed error
// without the limit of values: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** Each such call holds the engine's thread for a second; none of them needs to be granted. */
export default async ({ variables }) => {
  await variables.get(JSON.parse(`[${"[],".repeat(300_000)}1]`)).catch(() => {});
  return "the engine has walked 300,000 lists";
};
