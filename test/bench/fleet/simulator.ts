import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FleetCounts } from "../../../engine/simulator/figures.ts";
import type { FleetParts } from "../../../engine/simulator/fleet.ts";

/** What a process of simulated machines does when it is asked. */
export interface SimulatorWork {
  join(parts: Omit<FleetParts, "clock" | "signal" | "onJoined">): Promise<void>;
  /** All agents start, evenly over this time. @returns when the last one has started */
  connect(parts: { spreadMs: number }): Promise<void>;
  /** `unheard`: machines of which the engine has confirmed no report. */
  figures(): Promise<FleetCounts & { unheard: number }>;
  /** Admissions are counted anew. */
  forget(): Promise<void>;
  /** So many machines report, all at the same time, so many times one after the other. @returns when the engine has confirmed the last one */
  report(parts: { machines: number; times: number }): Promise<void>;
  /** Machine and number of its newest confirmed report. */
  taken(): Promise<[string, number][]>;
  stop(): Promise<void>;
}
export interface Asked {
  id: number;
  work: keyof SimulatorWork;
  parts: unknown;
}
type Answer = { id: number } & ({ answer: unknown } | { error: string });

/** Starts such a process. */
export function startSimulator(): SimulatorWork {
  const child = fork(join(import.meta.dirname, "simulator-process.ts"), {
    execArgv: ["--max-old-space-size=6000"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let asked = 0;
  child.on("message", (message: Answer) => {
    const asker = waiting.get(message.id);
    waiting.delete(message.id);
    if ("error" in message) asker?.reject(new Error(message.error));
    else asker?.resolve(message.answer);
  });
  child.once("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the simulator ended with ${code}`));
  });
  const ask = <Result>(work: keyof SimulatorWork, parts?: unknown): Promise<Result> =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      child.send({ id, work, parts } satisfies Asked);
    });
  return {
    join: (parts) => ask("join", parts),
    connect: (parts) => ask("connect", parts),
    figures: () => ask("figures"),
    forget: () => ask("forget"),
    report: (parts) => ask("report", parts),
    taken: () => ask("taken"),
    async stop() {
      const ended = once(child, "exit");
      await ask("stop").catch(() => {}); // it is gone already
      await ended;
    },
  };
}
