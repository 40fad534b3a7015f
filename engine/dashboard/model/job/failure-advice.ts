import { FAILURE_CODES, type FailureCode } from "../../../core/job.ts";

/** What to do about a job that has failed so. */
const ADVICE: Readonly<Record<FailureCode, string>> = {
  error: "The runbook threw. Read the message and the streams; once the cause is gone, resume goes on from the failed call.",
  timeout: "It took longer than its limits.timeout, waiting not counted. Raise the limit, or let it do less at once.",
  memory: "Its isolate needed more than limits.memoryMb. Raise the limit, or hold less at once.",
  cpu: "It computed longer than limits.cpuMs. Raise the limit, or look for a loop that doesn't end.",
  permission_denied: "It called what its permissions don't open. Declare the permission, and publish.",
  output_limit: "It wrote more than limits.outputBytes. Write less, or raise the limit.",
  log_rate: "It wrote faster than limits.logRate. Log fewer lines, or raise the limit.",
  host_calls: "It made more host calls than limits.hostCalls. Look for a loop, or raise the limit.",
  journal_limit: "The outcomes of its calls together became too large. Fetch less, or split it into several jobs.",
  nondeterminism:
    "When it was replayed, a call differed from its record. Look for what depends on something other than its calls, or resume with the version that began it.",
  crash_loop: "Its attempts kept killing their runner. Look for what uses memory natively; the engine's log says how the runners died.",
  rejected:
    "It never ran: its version is gone, its parameters don't fit any more, or the runbook's concurrency limit had others in its way. The message says which.",
  damaged: "Its bundle or journal doesn't match its hash. Publish the runbook again, and look at the disk.",
  secret_changed: "A version of a secret that it had read is gone. Run it again: a new job reads the new one.",
  no_dry_result: "A dry run came to a write that can't say what it would have done. Run it without dry, or leave that call out of dry runs.",
};

/** @returns undefined for a code of a newer engine */
export const adviceFor = (code: string): string | undefined => {
  const known = FAILURE_CODES.find((one) => one === code);
  return known && ADVICE[known];
};
