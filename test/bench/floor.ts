import { fork } from "node:child_process";
import { join } from "node:path";

const PROCESSES = 2;

/** Jobs a second of the same code in isolates of two bare processes, a fresh one each or fresh contexts in shared ones: no engine, no checks, no record. */
export async function measureFloor({ jobs, isolates = "fresh" }: { jobs: number; isolates?: "fresh" | "shared" }): Promise<number> {
  const children = Array.from({ length: PROCESSES }, () =>
    fork(join(import.meta.dirname, "floor-process.ts"), [String(Math.ceil(jobs / PROCESSES)), isolates], { execArgv: ["--no-node-snapshot"] }),
  );
  try {
    await Promise.all(children.map((child) => messageOf(child))); // all are warm
    const begin = performance.now();
    for (const child of children) child.send("go");
    await Promise.all(children.map((child) => messageOf(child)));
    return (jobs / (performance.now() - begin)) * 1_000;
  } finally {
    for (const child of children) child.kill();
  }
}

const messageOf = (child: ReturnType<typeof fork>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a floor process ended with ${code}`)));
  });
