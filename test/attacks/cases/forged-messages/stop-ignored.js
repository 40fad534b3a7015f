// verdict: failed permission_denied
// without grants of secrets: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** It is refused, and doesn't answer: the refusal stands, it isn't tried again. */
export default async ({ call, ignoreStop }) => {
  ignoreStop();
  return (await call("secrets.get", { name: "forbidden" })).value;
};
