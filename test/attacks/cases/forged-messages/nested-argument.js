// verdict: failed error
// without the limit of nesting: lost
// needs: {"permissions": {"variables": ["here"]}}

/** 100,000 levels, which end the stack of whoever walks them. */
export default async ({ attempt, send, next }) => {
  const over = next(({ type }) => type === "stop" || type === "settle");
  const args = `{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  await send({ type: "call", attempt, call: 1, op: "variables.get", args, site: "" });
  await over;
};
