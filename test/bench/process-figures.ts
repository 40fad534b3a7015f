import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { adminOf, launch } from "./engine-under-test.ts";

/** Medians, milliseconds: from the start of the process to ready, in a data directory that exists; and a node that does nothing. */
export async function startUpMs(rounds: number): Promise<{ engine: number; node: number }> {
  await using directory = await temporaryDirectory("runwright-bench-");
  const engine: number[] = [];
  const node: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now();
    const child = launch(directory.path);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await adminOf(directory.path, child);
    const took = performance.now() - begin;
    if (round > 0) engine.push(took); // the first one makes keys and tables
    child.kill("SIGTERM");
    await ended;

    const bare = performance.now();
    execFileSync(process.execPath, ["-e", "0"]);
    if (round > 0) node.push(performance.now() - bare);
  }
  return { engine: median(engine), node: median(node) };
}

/**
 * Proportional set size in MB of a process and all below it: pages that several of them share count once.
 * @see proc_pid_smaps(5)
 */
export async function idleMemoryMb(pid: number): Promise<{ engine: number; node: number }> {
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // what was needed for the start alone is let go
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    return { engine: family(pid).reduce((sum, one) => sum + pssMb(one), 0), node: pssMb(bare.pid ?? 0) };
  } finally {
    bare.kill();
  }
}

function pssMb(pid: number): number {
  const [, kb] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return Number(kb) / 1_024;
}

function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // it has ended meanwhile
    }
  }
  const below = (pid: number): number[] => [pid, ...[...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => below(child))];
  return below(root);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
