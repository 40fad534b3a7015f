import type { BackupDone } from "../../core/backup.ts";
import type { EnginePort } from "../../sandbox/ports.ts";

/** What the engine answers in one test; what it throws, the runbook sees. What is left out is as of a backup that went well. */
export interface FakeEngine {
  backup?: () => Partial<BackupDone> | Promise<Partial<BackupDone>>;
}

export function fakeEngine({ backup = () => ({}) }: FakeEngine, now: () => number): EnginePort {
  return {
    async backup() {
      const { rows = 1_000, createdAt = now(), ...given } = await backup();
      const file = `runwright-${new Date(createdAt).toISOString().replace(/[-:.]/g, "")}.backup`;
      return { file, bytes: 100_000, createdAt, rows, encrypted: true, restoredRows: rows, masterKey: "0123456789abcdef", removed: [], ...given };
    },
  };
}
