// verdict: lost
// without numbers of calls: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** A number that isn't the next one. */
export default async ({ attempt, send, next }) => {
  const outcome = next(({ type }) => type === "settle");
  await send({ type: "call", attempt, call: 7, op: "variables.get", args: JSON.stringify({ name: "here" }), site: "" });
  await outcome;
  return "call 7 was the first one";
};
