// verdict: lost
// without numbers of calls: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** One number, two calls: which of them is in the journal? */
export default async ({ attempt, send, next }) => {
  const call = { type: "call", attempt, call: 1, op: "variables.get", args: JSON.stringify({ name: "here" }), site: "" };
  const [first, second] = [next(({ type }) => type === "settle"), next(({ type }) => type === "settle")];
  await send(call, call);
  await Promise.all([first, second]);
  return "two calls of one number";
};
