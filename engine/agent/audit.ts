import { appendFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Log } from "./log.ts";
import { isMissing } from "./state-directory.ts";

const KEEP = 5;

/** What the machine itself writes down of what its engine did to it. Values of environment variables and standard input are left out: they hold secrets. */
export type AuditEntry =
  | { event: "connected" | "disconnected" | "joined"; engine: string; reason?: string }
  | { event: "accepted" | "resumed" | "refused"; commandId: string; action: string; argv?: readonly string[]; reason?: string }
  | { event: "finished"; commandId: string; action: string; status: string; exitCode?: number | null; code?: string };

export interface Audit {
  /** Resolves when the line is written. A line that can't be written is reported in the agent's log, and the agent goes on. */
  write(entry: AuditEntry): Promise<void>;
}

/**
 * `audit.log` in the state directory: JSON lines, oldest first, only ever appended to. At `maxBytes` it becomes `audit.log.1` and so on; five are kept.
 */
export function openAudit(stateDirectory: string, { clock, log, maxBytes = 10 * 1024 * 1024 }: { clock: Clock; log: Log; maxBytes?: number }): Audit {
  const path = join(stateDirectory, "audit.log");
  let last: Promise<void> = Promise.resolve();

  async function append(line: string): Promise<void> {
    const { size } = await stat(path).catch(missingIsEmpty);
    if (size > 0 && size + line.length > maxBytes) await rotate(path);
    await appendFile(path, line, { mode: 0o600 });
  }

  return {
    write(entry) {
      const line = `${JSON.stringify({ at: new Date(clock.now()).toISOString(), ...entry })}\n`;
      // One after the other: a line that comes during a rotation must not go to the wrong file.
      last = last.then(() => append(line)).catch((error) => log.error({ err: error, event: entry.event }, "the audit log can't be written"));
      return last;
    },
  };
}

async function rotate(path: string): Promise<void> {
  await unlink(`${path}.${KEEP}`).catch(ignoreMissing);
  for (let n = KEEP - 1; n >= 1; n--) await rename(`${path}.${n}`, `${path}.${n + 1}`).catch(ignoreMissing);
  await rename(path, `${path}.1`);
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function missingIsEmpty(error: unknown): { size: number } {
  ignoreMissing(error);
  return { size: 0 };
}
