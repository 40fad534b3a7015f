import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Findings, judgeReport } from "../core/report.ts";
import { keptFindings } from "../protocol/agent.ts";
import { digestOf } from "../protocol/report-digest.ts";
import type { Log } from "./log.ts";
import { readJson, writeDurably } from "./state-directory.ts";

/** More than that isn't kept on disk, bytes: after a restart the next report is a whole one. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** What an engine has confirmed to have. Named by its digest: it doesn't matter which engine that was. */
export interface ConfirmedFindings extends Findings {
  digest: string;
}

/**
 * Remembers what the engine has of this machine, so that reports need to hold only what differs; on disk, too, so that a restart costs no whole report.
 * Losing it costs a whole report and nothing else: what can't be read or written is told, and done without.
 */
export function createConfirmed({ stateDirectory, log }: { stateDirectory: string; log: Log }) {
  const file = join(stateDirectory, "reported.json");
  let known: ConfirmedFindings | undefined;
  let isRead = false;
  /** Writes come one after the other. */
  let writing: Promise<void> = Promise.resolve();

  async function read(): Promise<ConfirmedFindings | undefined> {
    const kept = await readJson(file).catch(() => undefined); // a damaged file is none
    if (!keptFindings.Check(kept)) return undefined;
    const { installed, updates } = judgeReport({ ...HEAD, installed: kept.installed, updates: kept.updates });
    return digestOf({ installed, updates }) === kept.digest ? { digest: kept.digest, installed, updates } : undefined;
  }

  function write(text: string | undefined): void {
    writing = writing.then(async () => {
      try {
        if (text === undefined) await rm(file, { force: true });
        else await writeDurably(file, text);
      } catch (error) {
        log.warn({ err: error }, "what the engine knows of this machine can't be kept; the first report after a restart will be a whole one");
      }
    });
  }

  function forget(): void {
    const isGone = isRead && known === undefined;
    isRead = true;
    known = undefined;
    if (!isGone) write(undefined);
  }

  return {
    async get(): Promise<ConfirmedFindings | undefined> {
      if (!isRead && known === undefined) known = await read();
      isRead = true;
      return known;
    },
    /** The engine has these now. */
    set(findings: ConfirmedFindings): void {
      const isSame = isRead && known?.digest === findings.digest;
      isRead = true;
      known = { digest: findings.digest, installed: findings.installed, updates: findings.updates };
      if (isSame) return;
      const text = JSON.stringify(known);
      write(Buffer.byteLength(text) <= MAX_KEPT_BYTES ? text : undefined);
    },
    /** The engine has something else. */
    forget,
    /** The engine has what this digest names, whatever that is. */
    keepOnly(digest: string | null): void {
      if (!isRead || known?.digest !== digest) forget();
    },
    /** Resolves when all is on disk. */
    settled: (): Promise<void> => writing,
  };
}
export type Confirmed = ReturnType<typeof createConfirmed>;

const HEAD = { packageManager: "", collectedAt: 0, listsUpdatedAt: null, rebootPending: false, rebootReasons: [], problems: [] };
