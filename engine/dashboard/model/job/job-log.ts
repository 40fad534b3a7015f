import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { StreamedEntry } from "../../../protocol/http/jobs.ts";
import { type LogLine, linesOf } from "./log-lines.ts";

/** What is held of a job's streams, and what of it is shown. */
export interface JobLog {
  lines: ReadonlySignal<readonly LogLine[]>;
  /** Entries before the first line. */
  above: ReadonlySignal<number>;
  /** Entries behind the last line: they came while the reader looks further up. */
  below: ReadonlySignal<number>;
  /** The newest progress, whether or not its line is shown. */
  progress: ReadonlySignal<Extract<StreamedEntry, { kind: "progress" }> | undefined>;
  /** Number of the newest entry that has come. */
  last(): number;
  /** New entries, in order. Shown with the next frame. */
  take(entries: readonly StreamedEntry[]): void;
  /** Entries from before the first line, in order. The newest lines give way, and the view stays where it is. */
  takeEarlier(entries: readonly StreamedEntry[]): void;
  /** Whether new lines are shown as they come. Whoever has scrolled up reads, and nothing moves under their eyes. */
  follow(isFollowing: FollowState): void;
  /** Values that the job has output, as far as they are held. */
  outputs(): unknown[];
  stop(): void;
}
export type FollowState = "following" | "reading";

export interface JobLogParts {
  /** Calls back before the next picture is drawn; while the page is hidden that may take long. @returns what cancels it */
  onFrame(run: () => void): () => void;
  monotonic(): number;
}

/** Lines that are shown, and entries that are kept to be shown. */
export const MOST_LINES = 5_000;
/** Characters of entries that are kept. */
const MOST_CHARACTERS = 8_000_000;
/** Nobody reads faster; between two of these, what came is only kept. */
const EVERY_MS = 80;

/**
 * The newest entries of a job, as lines. However fast they come, what costs is bounded: entries are kept as they are, the oldest are dropped and counted, and only what is shown is made into lines, some ten times a second.
 * Invariant: what is shown is a run of entries without a gap.
 */
export function createJobLog({ onFrame, monotonic }: JobLogParts): JobLog {
  const lines = signal<readonly LogLine[]>([]);
  const above = signal(0);
  const below = signal(0);
  const progress = signal<Extract<StreamedEntry, { kind: "progress" }> | undefined>(undefined);
  let recent: StreamedEntry[] = [];
  let sizes: number[] = [];
  let characters = 0;
  let last = 0;
  /** Number of the newest entry that has lines. */
  let shown = 0;
  let state: FollowState = "following";
  let cancel: (() => void) | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function keep(entries: readonly StreamedEntry[]): void {
    for (const entry of entries) {
      const size = sizeOf(entry);
      recent.push(entry);
      sizes.push(size);
      characters += size;
    }
    let from = Math.max(0, recent.length - MOST_LINES);
    let dropped = 0;
    for (let index = 0; index < from; index += 1) dropped += sizes[index] ?? 0;
    while (characters - dropped > MOST_CHARACTERS && from < recent.length - 1) {
      dropped += sizes[from] ?? 0;
      from += 1;
    }
    if (from === 0) return;
    characters -= dropped;
    recent = recent.slice(from);
    sizes = sizes.slice(from);
  }

  function draw(): void {
    cancel = undefined;
    if (monotonic() - drawnAt < EVERY_MS) {
      wake();
      return;
    }
    drawnAt = monotonic();
    batch(() => {
      if (state === "following") showNewest();
      else below.value = last - shown;
    });
  }

  function showNewest(): void {
    const isGap = (recent[0]?.seq ?? 0) > shown + 1;
    const fresh = isGap ? recent : recent.slice(recent.findIndex(({ seq }) => seq > shown));
    if (last > shown) show([...(isGap ? [] : lines.value), ...fresh.flatMap(linesOf)].slice(-MOST_LINES));
    shown = last;
    below.value = 0;
  }

  function show(next: readonly LogLine[]): void {
    lines.value = next;
    above.value = Math.max(0, (next[0]?.seq ?? 1) - 1);
  }

  function wake(): void {
    cancel ??= onFrame(draw);
  }

  return {
    lines,
    above,
    below,
    progress,
    last: () => last,
    take(entries) {
      const fresh = entries.filter(({ seq }) => seq > last);
      const newest = fresh.at(-1);
      if (newest === undefined) return;
      last = newest.seq;
      keep(fresh);
      const moved = fresh.findLast((entry) => entry.kind === "progress");
      if (moved?.kind === "progress") progress.value = moved;
      wake();
    },
    takeEarlier(entries) {
      const first = lines.value[0]?.seq ?? Number.POSITIVE_INFINITY;
      const earlier = entries.filter(({ seq }) => seq < first);
      if (earlier.length === 0) return;
      batch(() => {
        state = "reading";
        const next = wholeEntries([...earlier.flatMap(linesOf), ...lines.value]);
        shown = next.at(-1)?.seq ?? shown;
        show(next);
        below.value = last - shown;
      });
    },
    follow(wanted) {
      if (wanted === state) return;
      state = wanted;
      if (wanted === "reading") return;
      drawnAt = Number.NEGATIVE_INFINITY;
      wake();
    },
    outputs: () => recent.flatMap((entry) => (entry.kind === "output" ? [entry.value] : [])),
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}

/** The first lines, so that none is missing of the last entry: what follows is added behind it. */
function wholeEntries(lines: readonly LogLine[]): readonly LogLine[] {
  const cut = lines[MOST_LINES];
  if (cut === undefined) return lines;
  const held = lines.slice(0, MOST_LINES);
  const whole = held.filter(({ seq }) => seq !== cut.seq);
  return whole.length > 0 ? whole : held;
}

/** About how much is kept with an entry. */
function sizeOf(entry: StreamedEntry): number {
  if (entry.kind === "log") return entry.message.length + (entry.details === undefined ? 0 : (JSON.stringify(entry.details)?.length ?? 0));
  return entry.kind === "output" ? (JSON.stringify(entry.value)?.length ?? 0) : (entry.message?.length ?? 0);
}
