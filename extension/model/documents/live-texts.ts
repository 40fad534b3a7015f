import type { Client } from "../client/client.ts";
import type { Events } from "../events.ts";
import { followJob } from "../jobs/live-job.ts";
import { createTranscript, type Transcript } from "../jobs/transcript.ts";
import type { Timers } from "../timers.ts";

/** Output of jobs while somebody reads it. */
export interface LiveTexts {
  text(jobId: string): string;
  /** The document with this text is there. What changed between its reading and that was told to nobody: an editor passes over changes of documents that it doesn't have yet. */
  opened(jobId: string): void;
  /** Nobody reads it any more. */
  close(jobId: string): void;
  stop(): void;
}

/** A reader sees no more than a few changes a second; a longer text is shown less often. */
const SHOWN_EVERY_MS = 200;
const SLOWER_PER_CHARACTERS = 1_000_000;

interface Live {
  transcript: Transcript;
  problem: string | undefined;
  read(): string;
  opened(): void;
  stop(): void;
}

export function createLiveTexts({
  client,
  events,
  timers,
  onChange,
}: {
  client(): Promise<Client | undefined>;
  events: Events;
  timers: Timers;
  onChange(jobId: string): void;
}): LiveTexts {
  const open = new Map<string, Live>();

  function begin(jobId: string): Live {
    const transcript = createTranscript();
    let cancel: (() => void) | undefined;
    /** Something changed since the text was read. */
    let isStale = false;
    const changed = () => {
      isStale = true;
      cancel ??= timers.after(SHOWN_EVERY_MS * (1 + transcript.text().length / SLOWER_PER_CHARACTERS), () => {
        cancel = undefined;
        onChange(jobId);
      });
    };
    const follower = followJob(jobId, {
      client,
      events,
      listener: {
        onJob(job) {
          live.problem = undefined;
          transcript.setJob(job);
          changed();
        },
        onEntries(entries) {
          transcript.add(entries);
          changed();
        },
        onStatus(transition) {
          transcript.addStatus(transition);
          changed();
        },
        onProblem(problem) {
          live.problem = problem;
          changed();
        },
      },
    });
    const live: Live = {
      transcript,
      problem: undefined,
      read() {
        isStale = false;
        return transcript.text();
      },
      opened() {
        if (isStale) changed();
      },
      stop() {
        cancel?.();
        follower.stop();
      },
    };
    return live;
  }

  return {
    text(jobId) {
      const live = open.get(jobId) ?? begin(jobId);
      open.set(jobId, live);
      const text = live.read();
      return live.problem === undefined ? text || "# loading…\n" : `${text}\n# ${live.problem}\n`;
    },
    opened: (jobId) => open.get(jobId)?.opened(),
    close(jobId) {
      open.get(jobId)?.stop();
      open.delete(jobId);
    },
    stop() {
      for (const live of open.values()) live.stop();
      open.clear();
    },
  };
}
