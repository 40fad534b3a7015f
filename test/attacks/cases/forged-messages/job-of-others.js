// verdict: failed permission_denied
// without jobs that the job has started: escaped

/** Outputs of a job that it hasn't started. */
export default async ({ call }) => (await call("jobs.wait", { id: "job_of_somebody_else" })).value;
