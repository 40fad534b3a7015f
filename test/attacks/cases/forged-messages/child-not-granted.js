// verdict: failed permission_denied
// without grants of child jobs: escaped

/** The runbook starts no other one. */
export default async ({ call }) => (await call("jobs.start", { runbook: "deploy", params: {}, options: {} })).value;
