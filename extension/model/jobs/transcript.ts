import { clean, cleanLine } from "../../../engine/core/clean-text.ts";
import { formatDuration } from "../../../engine/core/duration.ts";
import type { Job, StreamedEntry, Transition } from "../../../engine/protocol/http/jobs.ts";
import { entryText } from "./entry-text.ts";

/** What is read of a job, as text. */
export interface Transcript {
  add(entries: readonly StreamedEntry[]): void;
  setJob(job: Job): void;
  addStatus(transition: Transition): void;
  text(): string;
  /** Of the last entry that was added. */
  lastSeq(): number;
}

/** Characters that an editor shows without delay. */
const MOST_CHARACTERS = 4_000_000;

/** Keeps the newest of a long output: all of it can be saved to a file. */
export function createTranscript({ most = MOST_CHARACTERS }: { most?: number } = {}): Transcript {
  let blocks: { text: string; entries: number }[] = [];
  let size = 0;
  let dropped = 0;
  let last = 0;
  let job: Job | undefined;
  let moves: Transition[] = [];

  function shorten(): void {
    let from = 0;
    // The newest block stays.
    while (size > most && from < blocks.length - 1) {
      const block = blocks[from];
      size -= block?.text.length ?? 0;
      dropped += block?.entries ?? 0;
      from += 1;
    }
    if (from > 0) blocks = blocks.slice(from);
  }

  return {
    add(entries) {
      const fresh = entries.filter(({ seq }) => seq > last);
      if (fresh.length === 0) return;
      last = fresh.at(-1)?.seq ?? last;
      let lines: string[] = [];
      let length = 0;
      const close = () => {
        if (lines.length === 0) return;
        blocks.push({ text: lines.join("\n"), entries: lines.length });
        size += length;
        lines = [];
        length = 0;
        shorten();
      };
      for (const entry of fresh) {
        const text = cut(entryText(entry), most);
        lines.push(text);
        length += text.length + 1;
        if (length >= most / 40) close();
      }
      close();
    },
    setJob(next) {
      job = next;
    },
    addStatus(transition) {
      if (!moves.some(({ seq }) => seq === transition.seq)) moves = [...moves, transition].sort((a, b) => a.seq - b.seq);
    },
    text() {
      const left =
        dropped === 0 ? [] : [`… ${dropped} ${dropped === 1 ? "entry" : "entries"} before this; "Save Whole Output" in the editor's menu writes all to a file`];
      return [...headOf(job, moves), ...(job ? [""] : []), ...left, ...blocks.map(({ text }) => text), ...endOf(job), ""].join("\n");
    },
    lastSeq: () => last,
  };
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}\n    … the rest of this entry` : text);

function headOf(job: Job | undefined, moves: readonly Transition[]): string[] {
  if (!job) return [];
  const version = job.version === null ? "draft" : `version ${job.version}`;
  const move = moves.at(-1);
  const state = move?.to ?? job.status;
  return [
    `# ${job.runbook}, ${version}${job.dry ? ", dry: writes are recorded and not done" : ""}`,
    `# job ${job.id}, asked for by ${job.actor.name} (${job.trigger}) at ${job.createdAt}`,
    `# ${state}${move && move.reason !== "" ? `: ${move.reason}` : ""}`,
  ].map(cleanLine);
}

function endOf(job: Job | undefined): string[] {
  if (!job?.endedAt) return [];
  const took = job.startedAt ? ` after ${formatDuration(Date.parse(job.endedAt) - Date.parse(job.startedAt))}` : "";
  const { error } = job;
  return [
    "",
    cleanLine(`# ${job.status}${job.failureCode ? ` (${job.failureCode})` : ""}${took}`),
    // Indented like all further lines: none of them can look like a line of ours.
    ...(error ? [`${error.name}: ${error.message}`, error.stack ?? ""] : []).flatMap((text) =>
      clean(String(text))
        .split("\n")
        .filter(Boolean)
        .map((line) => `    ${line}`),
    ),
  ];
}
