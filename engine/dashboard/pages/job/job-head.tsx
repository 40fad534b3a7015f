import type { ComponentChildren } from "preact";
import { withoutTerminal } from "../../../core/terminal-text.ts";
import type { Job, StreamedEntry } from "../../../protocol/http/jobs.ts";
import { inPath } from "../../model/engine.ts";
import { adviceFor } from "../../model/job/failure-advice.ts";
import { hasEnded, tookOf } from "../../model/job/job-moves.ts";
import { counted, cut, lengthText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Badge, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { StackText } from "./stack-text.tsx";

/** What the job is, how it goes, and why it failed. */
export function JobHead({ job, progress }: { job: Job; progress: Extract<StreamedEntry, { kind: "progress" }> | undefined }) {
  const { now } = usePage();
  const took = tookOf(job, now.value);
  return (
    <div class="stack">
      <div class="job-head">
        <span class="job-status">
          <Status word={job.status} says={job.heldBack ? `${job.status}, held back` : job.status} />
        </span>
        <Fact name="Version">
          <Link to={`/runbooks/${inPath(job.runbook)}${job.version === null ? "" : `?version=${job.version}`}`}>
            {job.version === null ? "draft" : job.version}
          </Link>
        </Fact>
        <Fact name="Trigger">{job.trigger}</Fact>
        <Fact name="Asked for by">
          <Name text={job.actor.name} longest={60} />
        </Fact>
        <Fact name="Scope">
          <Name text={job.scope} longest={80} />
        </Fact>
        <Fact name="Made">
          <Time at={job.createdAt} />
        </Fact>
        <Fact name="Began">
          <Time at={job.startedAt} />
        </Fact>
        <Fact name={hasEnded(job) ? "Took" : "Takes"}>{took === undefined ? "–" : lengthText(took)}</Fact>
        {job.attempt > 1 && <Fact name="Attempt">{attemptText(job)}</Fact>}
        {job.usage && <Fact name="Host calls">{counted(job.usage.hostCalls, "call")}</Fact>}
        {job.usage && <Fact name="CPU">{lengthText(job.usage.cpuMs)}</Fact>}
      </div>
      <Marks job={job} />
      {progress && !hasEnded(job) && <Progress progress={progress} />}
      {job.error && <Failure job={job} error={job.error} />}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <span class="job-fact">
      <span class="soft">{name}</span> <span>{children}</span>
    </span>
  );
}

const attemptText = ({ attempt, crashes, retries }: Job): string =>
  [String(attempt), ...(crashes > 0 ? [counted(crashes, "crash", "crashes")] : []), ...(retries > 0 ? [counted(retries, "retry", "retries")] : [])].join(", ");

/** What is out of the ordinary about it. */
function Marks({ job: { dry, debug, replayOf, narrowedTo, resumedFrom, parentId, concurrencyKey, priority, id } }: { job: Job }) {
  return (
    <div class="marks soft">
      {dry && <Badge tone="busy">dry: writes are recorded, not done</Badge>}
      {debug && <Badge tone="busy">{debug === "run" ? "debugged" : "replay"}</Badge>}
      {replayOf && (
        <span>
          replays <Link to={`/jobs/${inPath(replayOf)}`}>{replayOf}</Link>
        </span>
      )}
      {resumedFrom && (
        <span>
          goes on from <Link to={`/jobs/${inPath(resumedFrom)}`}>{resumedFrom}</Link>
        </span>
      )}
      {parentId && (
        <span>
          started by <Link to={`/jobs/${inPath(parentId)}`}>{parentId}</Link>
        </span>
      )}
      {narrowedTo && (
        <span>
          only on <Name text={narrowedTo} longest={120} />
        </span>
      )}
      {concurrencyKey !== null && concurrencyKey !== "" && (
        <span>
          counts together by <Name text={concurrencyKey} longest={120} />
        </span>
      )}
      {priority !== 0 && <span>priority {priority}</span>}
      <code>{id}</code>
    </div>
  );
}

function Progress({ progress: { fraction, message } }: { progress: { fraction: number; message?: string } }) {
  const share = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <div class="job-progress">
      <progress max={100} value={share} aria-label="Progress" />
      <span class="number">{share} %</span>
      <span class="soft">{message !== undefined && <Name text={withoutTerminal(message)} longest={200} />}</span>
    </div>
  );
}

const LONGEST_MESSAGE = 4_000;

function Failure({ job, error }: { job: Job; error: NonNullable<Job["error"]> }) {
  const advice = job.failureCode === null ? undefined : adviceFor(job.failureCode);
  return (
    <section class="failure" aria-label="Why it failed">
      <p>
        <strong class="tone-bad">{job.failureCode ?? job.status}</strong>{" "}
        <bdi class="failure-message">{cut(withoutTerminal(`${error.name}: ${error.message}`), LONGEST_MESSAGE)}</bdi>
        {error.code !== undefined && <code> {cut(String(error.code), 100)}</code>}
      </p>
      {error.stack !== undefined && error.stack !== "" && <StackText job={job} stack={cut(withoutTerminal(error.stack), LONGEST_MESSAGE)} />}
      {advice && <p class="soft">{advice}</p>}
    </section>
  );
}
