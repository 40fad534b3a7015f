/** Names one host call for the outside: asked again after a crash it is the same, and it is another one when a retry of the job makes the call anew. */
export interface CallId {
  jobId: string;
  /** Number in the order of issue. */
  call: number;
  /** Tries that the runbook's policy has added before; 0 for the first one. */
  retry: number;
}

/** The id under which commands, requests, child jobs and approvals of this call are known. */
export const callKey = ({ jobId, call, retry }: CallId): string => (retry === 0 ? `${jobId}.${call}` : `${jobId}.${call}.r${retry}`);

/** The job whose call it is. */
export const jobOfCall = (key: string): string => key.slice(0, Math.max(0, key.indexOf(".")));
