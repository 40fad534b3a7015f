import { formatDuration } from "../../../engine/core/duration.ts";
import { isFinal, type JobStatus } from "../../../engine/core/job.ts";
import type { Job, JournalEntry, StreamedEntry, Transition } from "../../../engine/protocol/http/jobs.ts";
import { jobRow } from "../rows/job-row.ts";
import type { Block, Button, PageContent, TableRow, Tone } from "./block.ts";

export interface JobPageParts {
  job: Job;
  /** In order; the newest are shown. */
  entries: readonly StreamedEntry[];
  calls: readonly JournalEntry[];
  moves: readonly Transition[];
  now: number;
}

/** Rows that a page shows of a list. */
const MOST = 200;

const TONES: Record<JobStatus, Tone> = {
  queued: "plain",
  running: "active",
  waiting: "active",
  suspended: "warning",
  stopping: "warning",
  completed: "good",
  failed: "bad",
  stopped: "warning",
};

export function jobPage({ job, entries, calls, moves, now }: JobPageParts): PageContent {
  const { id, runbook, version, status, error } = job;
  const last = moves.at(-1);
  const words = `${status}${job.failureCode ? `, ${job.failureCode}` : ""}${last && last.reason !== "" && last.reason !== job.failureCode ? `: ${last.reason}` : ""}`;
  return {
    title: runbook,
    blocks: [
      { id: "title", kind: "heading", level: 1, text: `${runbook}, ${version === null ? "draft" : `version ${version}`}` },
      { id: "status", kind: "status", text: words, tone: TONES[status] ?? "plain" },
      ...progressOf(entries, status),
      { id: "buttons", kind: "buttons", buttons: buttonsOf(job, now) },
      {
        id: "facts",
        kind: "facts",
        rows: [
          ["Job", id],
          ["Asked for by", `${job.actor.name} (${job.trigger})`],
          ["Began", job.startedAt ?? "not yet"],
          ["Took", took(job, now)],
          ["Attempt", `${job.attempt}${job.crashes > 0 ? `, after ${job.crashes} crashes` : ""}`],
          ...(job.dry ? [["Dry", "writes are recorded and not done"] as const] : []),
          ...(job.replayOf ? [["Replay of", job.replayOf] as const] : []),
          ...(job.narrowedTo ? [["Only on", job.narrowedTo] as const] : []),
          ...(job.resumedFrom === null ? [] : [["Resumed from", job.resumedFrom] as const]),
          ["Parameters", JSON.stringify(job.params) ?? ""],
          ...(job.usage ? [["CPU time", formatDuration(Math.round(job.usage.cpuMs))] as const] : []),
          ...(error ? [["Error", `${error.name}: ${error.message}${error.stack ? `\n${error.stack}` : ""}`] as const] : []),
        ],
      },
      { id: "streams-title", kind: "heading", level: 2, text: "Streams" },
      {
        id: "streams",
        kind: "table",
        caption: captionOf(["entry", "entries"], entries.length),
        heads: ["Time", "Kind", "Text"],
        rows: entries.slice(-MOST).map(entryRow),
      },
      { id: "calls-title", kind: "heading", level: 2, text: "Host calls" },
      {
        id: "calls",
        kind: "table",
        caption: captionOf(["call", "calls"], calls.length),
        heads: ["Call", "Function", "Effect", "Took", "Arguments"],
        rows: calls.slice(-MOST).map((call) => callRow(call, isFinal(status))),
      },
      { id: "moves-title", kind: "heading", level: 2, text: "Statuses" },
      {
        id: "moves",
        kind: "table",
        caption: captionOf(["change", "changes"], moves.length),
        heads: ["Time", "Status", "By", "Reason"],
        rows: moves.map(moveRow),
      },
    ],
  };
}

function captionOf([one, many]: readonly [string, string], count: number): string {
  if (count === 0) return `No ${one}`;
  return count > MOST ? `The newest ${MOST} of ${count} ${many}` : `${count} ${count === 1 ? one : many}`;
}

function progressOf(entries: readonly StreamedEntry[], status: JobStatus): Block[] {
  const last = entries.findLast((entry) => entry.kind === "progress");
  if (last?.kind !== "progress") return [];
  return [{ id: "progress", kind: "progress", label: "Progress", fraction: last.fraction, text: last.message ?? "", tone: TONES[status] ?? "plain" }];
}

/** The same moves as in the view. */
function buttonsOf(job: Job, now: number): Button[] {
  const { is } = jobRow(job, now);
  const of = (word: string, label: string, command: string, isMain = false): Button[] =>
    is.includes(word) ? [{ label, command: `runwright.${command}`, argument: job.id, ...(isMain ? { isMain } : {}) }] : [];
  return [
    ...of("job", "Open Output", "openJobOutput", true),
    ...of("stoppable", "Stop…", "stopJob"),
    ...of("suspendable", "Suspend", "suspendJob"),
    ...of("continuable", "Continue", "continueJob"),
    ...of("resumable", "Resume from the Failed Call", "resumeJob"),
    ...of("resumable", "Resume from a Call…", "resumeJobFromCall"),
    ...of("retryable", "Run Again", "retryJob"),
    ...of("ended", "Debug This Job", "debugJob"),
  ];
}

function took({ startedAt, endedAt }: Job, now: number): string {
  if (startedAt === null) return "";
  return formatDuration(Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)));
}

function entryRow(entry: StreamedEntry): TableRow {
  const at = entry.at.slice(11, 23);
  const key = String(entry.seq);
  switch (entry.kind) {
    case "output":
      return { key, cells: [at, "output", JSON.stringify(entry.value, null, 2) ?? ""] };
    case "progress":
      return { key, cells: [at, "progress", `${Math.round(entry.fraction * 100)} % ${entry.message ?? ""}`] };
    case "log":
      return {
        key,
        cells: [at, entry.level, entry.message],
        ...(entry.level === "error" ? { tone: "bad" as const } : entry.level === "warning" ? { tone: "warning" as const } : {}),
      };
  }
}

function callRow({ call, op, effect, args, issuedAt, settledAt }: JournalEntry, isOver: boolean): TableRow {
  const duration = settledAt === null ? (isOver ? "not settled" : "…") : formatDuration(Math.max(0, Date.parse(settledAt) - Date.parse(issuedAt)));
  return {
    key: String(call),
    cells: [String(call), op, effect, duration, (JSON.stringify(args) ?? "").slice(0, 2_000)],
    ...(settledAt === null && isOver ? { tone: "bad" as const } : {}),
  };
}

const moveRow = ({ seq, at, to, by, reason }: Transition): TableRow => ({ key: String(seq), cells: [at.slice(11, 23), to, by, reason] });
