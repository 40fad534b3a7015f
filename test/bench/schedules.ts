import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { openStore } from "../../engine/store/store.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type BenchEngine, startIn } from "./engine-under-test.ts";

const IDLE_MS = 10_000;
/** From the end of the preparations to the moment at which they are due: the engine starts meanwhile. */
const AHEAD_MS = 8_000 + IDLE_MS;
const AT_ONCE = 1_000;

export interface ScheduleFigures {
  /** Of one core, percent. */
  idleCpu: number;
  bareCpu: number;
  /** Milliseconds after the due time, one for each schedule: when its job was made (it is committed right afterwards), and when its first attempt began. */
  late: { made: number[]; begun: number[] };
}

/** An engine with many schedules, of which `due` name the same second. */
export async function measureSchedules({ schedules, due }: { schedules: number; due: number }): Promise<ScheduleFigures> {
  await using directory = await temporaryDirectory("runwright-bench-");
  const before = await startIn(directory.path); // publishes what they start
  const bareCpu = await cpuPercent(before.pid);
  await before.stop();
  const dueAt = await insert(directory.path, { schedules, due });
  const engine = await startIn(directory.path);
  try {
    const idleCpu = await cpuPercent(engine.pid);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - Date.now())));
    const jobs = await finished(engine, due);
    const late = (key: "createdAt" | "startedAt") => jobs.map((job) => Date.parse(job[key]) - dueAt);
    return { idleCpu, bareCpu, late: { made: late("createdAt"), begun: late("startedAt") } };
  } finally {
    await engine.stop();
  }
}

/** Written past the engine: through its door it would take minutes, and isn't what is measured. @returns when the due ones are */
async function insert(data: string, { schedules, due }: { schedules: number; due: number }): Promise<number> {
  const store = await openStore(`sqlite:${data}`);
  const insertSome = (numbers: readonly number[], nextAt: number, cron: string) =>
    store.write(async (tx) => {
      for (const n of numbers) {
        const id = `sch_${String(n).padStart(9, "0")}`;
        const spec = { cron, timeZone: "UTC", runs: [{ runbook: "bench" }] };
        const record = {
          id,
          kind: "Schedule" as const,
          scope: "/",
          name: `schedule-${n}`,
          spec,
          revision: 1,
          createdAt: 0,
          createdBy: "bench",
          updatedAt: 0,
          updatedBy: "bench",
          authorId: "prn_bench",
          author: "bench",
        };
        await tx.resources.insert(record, ["bench"]);
        await tx.timers.put({ resourceId: id, decidedTo: nextAt - 1, nextAt });
      }
    });
  // A cron expression of six fields names the very second.
  const cronAt = (at: Date) => `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  const numbers = Array.from({ length: schedules }, (_, n) => n);
  try {
    for (let from = due; from < schedules; from += AT_ONCE) {
      const at = Math.floor(Date.now() / 1_000) * 1_000 + 6 * 3_600_000 + from * 100;
      await insertSome(numbers.slice(from, from + AT_ONCE), at, cronAt(new Date(at)));
    }
    const dueAt = Math.ceil((Date.now() + AHEAD_MS) / 1_000) * 1_000;
    await insertSome(numbers.slice(0, due), dueAt, cronAt(new Date(dueAt)));
    return dueAt;
  } finally {
    await store.stop();
  }
}

/** User and system time of one process over a while. */
async function cpuPercent(pid: number): Promise<number> {
  const ticks = () => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // the start itself
  const begin = ticks();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS - 3_000));
  const perSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return ((ticks() - begin) / perSecond / ((IDLE_MS - 3_000) / 1_000)) * 100;
}

interface Finished {
  createdAt: string;
  startedAt: string;
}

async function finished({ client, url, token }: BenchEngine, count: number): Promise<Finished[]> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const jobs: (Finished & { status: string })[] = [];
    for (let cursor = ""; ; ) {
      const path = `/api/v1/jobs?trigger=schedule&limit=500${cursor}`;
      const response = await client.request({ origin: url, path, method: "GET", headers: { authorization: `Bearer ${token}` } });
      const page = (await response.body.json()) as { items: (Finished & { status: string })[]; next: string | null };
      jobs.push(...page.items);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    const done = jobs.filter(({ status }) => status === "completed");
    if (done.length >= count) return done;
    if (performance.now() > deadline) throw new Error(`of ${count} schedules ${done.length} have run in a minute`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}
