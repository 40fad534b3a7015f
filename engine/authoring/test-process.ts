import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";

/** Between the request to end and the end that nothing can refuse. */
const PATIENCE_MS = 3_000;

interface Created {
  process: ChildProcess;
}

/**
 * Finds the process that Node's test runner starts and keeps to itself: Node tells of each that is created, and ours has an argument that no other has.
 * Aborted, the runner sends SIGTERM, which a test may handle and then live on.
 */
export function watchTestProcess(argument: string) {
  const created: ChildProcess[] = [];
  const note = (message: unknown) => void created.push((message as Created).process);
  subscribe("child_process", note);
  return {
    /** Resolves when the process has ended, which is seen to. */
    async ended(): Promise<void> {
      unsubscribe("child_process", note);
      const child = created.find(({ spawnargs }) => spawnargs?.includes(argument));
      if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      await once(child, "exit").finally(() => clearTimeout(timer));
    },
  };
}
