import { useState } from "preact/hooks";
import type { Job } from "../../../protocol/http/jobs.ts";
import { inPath } from "../../model/engine.ts";
import { type JobMove, movesOf } from "../../model/job/job-moves.ts";
import { mayAt } from "../../model/rights.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { usePage } from "../../parts/page-context.ts";
import { useAct } from "../../parts/use-act.ts";

const WORDS: Readonly<Record<JobMove, string>> = { stop: "Stop", suspend: "Suspend", continue: "Continue", resume: "Resume", again: "Run again" };

/** What the viewer may do with it now. What can't be undone is asked about. */
export function JobMoves({ job }: { job: Job }) {
  const { who, engine, location, reads } = usePage();
  const [asked, setAsked] = useState<JobMove>();
  const { act, busy, problem } = useAct(["jobs"]);
  const isDraft = job.version === null;
  const may: Readonly<Record<JobMove, boolean>> = {
    stop: mayAt(who, "job.stop", job.scope),
    suspend: mayAt(who, "job.stop", job.scope),
    continue: mayAt(who, "job.stop", job.scope),
    resume: mayAt(who, isDraft ? "runbook.test" : "job.run", job.scope),
    again: mayAt(who, isDraft ? "runbook.test" : "job.run", job.scope),
  };
  const path = `/api/v1/jobs/${inPath(job.id)}`;
  const goTo = ({ id }: Job) => location.go(`/jobs/${inPath(id)}`);
  const does: Readonly<Record<JobMove, () => Promise<unknown>>> = {
    stop: () => engine.send("POST", `${path}/stop`),
    suspend: () => engine.send("POST", `${path}/suspend`),
    continue: () => engine.send("POST", `${path}/continue`),
    resume: () => engine.send<Job>("POST", `${path}/resume`, {}).then(goTo),
    again: () => engine.send<Job>("POST", `/api/v1/runbooks/${inPath(job.runbook)}/jobs`, againBody(job)).then(goTo),
  };
  const asks: Readonly<Partial<Record<JobMove, string>>> = {
    stop: `What it has done stays done, and it doesn't go on${job.status === "suspended" || job.status === "queued" ? "." : "; commands that machines are carrying out end by themselves."}`,
    resume: "A new job keeps the outcomes of all calls up to the failed one and goes on from there, with the same version and parameters.",
    again: `A new job of ${isDraft ? "the draft as it is now" : `version ${job.version}`} runs from the top with the same parameters${job.dry ? ", dry" : ""}. What this one has done is done again.`,
  };
  const moves = movesOf(job).filter((move) => may[move]);
  if (moves.length === 0) return null;
  return (
    <>
      {problem && (
        <span class="wrong" role="alert">
          <bdi>{problem.message}</bdi> <code>{problem.code}</code>
        </span>
      )}
      {moves.map((move) => (
        <button
          key={move}
          type="button"
          class={`button ${move === "stop" ? "grave" : move === "resume" || move === "continue" ? "main" : ""}`}
          disabled={busy}
          onClick={() => (asks[move] === undefined ? act(does[move]) : setAsked(move))}
        >
          {WORDS[move]}
        </button>
      ))}
      {asked && (
        <Dialog
          title={`${WORDS[asked]} this job of ${job.runbook}?`.slice(0, 200)}
          act={WORDS[asked]}
          isGrave={asked === "stop"}
          does={() => does[asked]().finally(() => reads.changed(["jobs"]))}
          onClose={() => setAsked(undefined)}
        >
          <p>{asks[asked]}</p>
        </Dialog>
      )}
    </>
  );
}

/** Parameters that were kept sealed are shown masked: the engine refuses what it can't run. */
const againBody = ({ params, version, dry, priority }: Job) => ({
  params,
  ...(version === null ? { draft: true } : { version }),
  ...(dry ? { dry } : {}),
  ...(priority === 0 ? {} : { priority }),
});
