// verdict: failed permission_denied
// without grants of secrets: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** The runbook declares no secret. */
export default async ({ call }) => (await call("secrets.get", { name: "forbidden" })).value;
