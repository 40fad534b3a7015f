// verdict: failed permission_denied
// without grants of variables: escaped
// needs: {"permissions": {"variables": ["here"]}}

/** It may read the variable, not set it. */
export default async ({ call }) => (await call("variables.set", { name: "here", value: "forged" })).ok || undefined;
