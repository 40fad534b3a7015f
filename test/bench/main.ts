// `npm run bench`: figures of a real engine beside a floor measured in the same run. Prints a table; `--write` also puts it into docs/performance.md.
import { cpus, totalmem } from "node:os";
import { packagedAgentMemory } from "./agent-memory.ts";
import { clusterRates } from "./cluster.ts";
import { firstStops } from "./debugging.ts";
import { writePerformance } from "./document.ts";
import { startBenchEngine } from "./engine-under-test.ts";
import { measureFloor } from "./floor.ts";
import { jobsPerSecond, latencies, percentile } from "./load.ts";
import { enqueuedPerSecond, manyWaiting, memoryOver } from "./many-jobs.ts";
import { idleMemoryMb, startUpMs } from "./process-figures.ts";
import { replayMs } from "./replay.ts";
import { measureSchedules } from "./schedules.ts";
import { floorLatencies, webhookLatencies } from "./webhooks.ts";

export interface Row {
  what: string;
  figure: string;
  floor: string;
  ratio: string;
  goal: string;
  /** Null: there is no goal. */
  reached: boolean | null;
}

const short = process.argv.includes("--short");
const JOBS = short ? 300 : 3_000;
const ROUNDS = short ? 1 : 3;

const rows: Row[] = [];
const starts = await startUpMs(short ? 1 : 5);
rows.push(
  row(
    "engine start to ready, median",
    `${Math.round(starts.engine)} ms`,
    `${Math.round(starts.node)} ms (node alone)`,
    starts.engine / starts.node,
    "< 1500 ms",
    starts.engine < 1_500,
  ),
);

const engine = await startBenchEngine();
try {
  const idle = await idleMemoryMb(engine.pid);
  rows.push(
    row(
      "idle memory, engine and runners",
      `${idle.engine.toFixed(0)} MB`,
      `${idle.node.toFixed(0)} MB (one idle node)`,
      idle.engine / idle.node,
      "< 150 MB",
      idle.engine < 150,
    ),
  );

  await jobsPerSecond(engine, { jobs: 200, inFlight: 16 }); // warms up
  // Floor and figure in turn, so that both see the machine in the same mood.
  const floors: number[] = [];
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await measureFloor({ jobs: JOBS }));
    figures.push(await jobsPerSecond(engine, { jobs: JOBS, inFlight: 32 }));
  }
  const [floor, figure] = [median(floors), median(figures)];
  rows.push(
    row(
      "durable jobs, HTTP to completed record, fresh isolate each",
      `${figure.toFixed(0)}/s`,
      `${floor.toFixed(0)}/s (bare isolates, two processes)`,
      figure / floor,
      "≥ 450/s and ≥ 60 %",
      figure >= 450 && figure >= 0.6 * floor,
    ),
  );

  const sharing = { jobs: JOBS, inFlight: 32, runbook: "bench-shared" };
  await jobsPerSecond(engine, { ...sharing, jobs: 200 });
  const sharedFloors: number[] = [];
  const sharedFigures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    sharedFloors.push(await measureFloor({ jobs: JOBS, isolates: "shared" }));
    sharedFigures.push(await jobsPerSecond(engine, sharing));
  }
  const [sharedFloor, sharedFigure] = [median(sharedFloors), median(sharedFigures)];
  rows.push(
    row(
      "the same, shared isolates",
      `${sharedFigure.toFixed(0)}/s`,
      `${sharedFloor.toFixed(0)}/s (bare contexts in shared isolates, two processes)`,
      sharedFigure / sharedFloor,
      "≥ 900/s",
      sharedFigure >= 900,
    ),
  );

  const enqueued = await enqueuedPerSecond(engine, JOBS);
  rows.push(row("jobs asked for and stored a second, while others run", `${enqueued.toFixed(0)}/s`, "", Number.NaN, "", null));

  const times = await latencies(engine, { jobs: short ? 100 : 500 });
  const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
  rows.push(row("trigger to finished job of one line (above its first line), p50, idle engine", `${p50.toFixed(1)} ms`, "", Number.NaN, "< 20 ms", p50 < 20));
  rows.push(row("the same, p99", `${p99.toFixed(1)} ms`, "", Number.NaN, "< 50 ms", p99 < 50));
  for (const [jobs, perSecond, goal] of [
    ["wait", 500, 25],
    ["run", 100, 25],
  ] as const) {
    const load = { perSecond, seconds: short ? 2 : 10 };
    const bareHooks = percentile(await floorLatencies(load), 99);
    const hooks = await webhookLatencies(engine, jobs, load);
    const [middle, late] = [percentile(hooks, 50), percentile(hooks, 99)];
    const what = `signed webhook accepted (durable) at ${perSecond}/s, p99; its jobs ${jobs}`;
    const floorOf = `${bareHooks.toFixed(1)} ms (bare server, each body committed)`;
    rows.push(row(what, `${late.toFixed(1)} ms (p50 ${middle.toFixed(1)} ms)`, floorOf, late / bareHooks, `< ${goal} ms`, late < goal));
  }
  const bare = await replayMs(engine, 1);
  const replay = await replayMs(engine, short ? 1_000 : 10_000);
  const what = `waking a job with ${short ? "1,000" : "10,000"} recorded calls to its end`;
  rows.push(row(what, `${Math.round(replay)} ms`, `${Math.round(bare)} ms (one call)`, replay / bare, "< 300 ms", replay < 300));
  const sleepers = short ? 300 : 10_000;
  const waiting = await manyWaiting(engine, sleepers);
  const asleep = `${sleepers.toLocaleString("en")} jobs wait`;
  rows.push(row(`${asleep}: they got there at`, `${waiting.perSecond.toFixed(0)}/s`, "", Number.NaN, "", null));
  rows.push(row(`${asleep}: CPU of the idle engine`, `${waiting.cpu.toFixed(1)} %`, "", Number.NaN, "< 2 %", waiting.cpu < 2));
  rows.push(row(`${asleep}: the engine's memory grew by`, `${waiting.moreMb.toFixed(0)} MB`, "", Number.NaN, "< 50 MB", waiting.moreMb < 50));
  const { alone, beside } = waiting;
  rows.push(row(`${asleep}: a job of one line beside them, p50`, `${beside.toFixed(1)} ms`, `${alone.toFixed(1)} ms (without them)`, beside / alone, "", null));
  const stops = await firstStops(engine, short ? 3 : 20);
  const stopped = median(stops);
  rows.push(row("debug session asked for to first stop, median", `${Math.round(stopped)} ms`, "", Number.NaN, "< 1500 ms", stopped < 1_500));
} finally {
  await engine.stop();
}

const cluster = await clusterRates({ jobs: JOBS });
rows.push(
  row("two engines on PostgreSQL", `${cluster.two.toFixed(0)}/s`, `${cluster.one.toFixed(0)}/s (one engine on it)`, cluster.two / cluster.one, "", null),
);

const lasting = await startBenchEngine();
try {
  const total = short ? 1_000 : process.argv.includes("--long") ? 100_000 : 20_000;
  const { early, late } = await memoryOver(lasting, total);
  const what = `the engine's memory after ${total.toLocaleString("en")} jobs`;
  rows.push(row(what, `${late.toFixed(0)} MB`, `${early.toFixed(0)} MB (after a tenth of them)`, late / early, "≤ 1.2 ×", late <= 1.2 * early));
} finally {
  await lasting.stop();
}

const agent = await packagedAgentMemory();
const { installed, updates } = agent;
rows.push(
  row(
    `idle agent, resident (${installed} packages and ${updates} updates reported)`,
    `${agent.resident.toFixed(0)} MB (${agent.own.toFixed(0)} MB its own)`,
    `${agent.node.toFixed(0)} MB (one idle node)`,
    agent.resident / agent.node,
    "< 80 MB",
    agent.resident < 80,
  ),
);

const schedules = await measureSchedules({ schedules: short ? 10_000 : 100_000, due: 1_000 });
const many = `${(short ? 10_000 : 100_000).toLocaleString("en")} schedules`;
const { idleCpu, bareCpu, late } = schedules;
rows.push(row(`${many}: CPU of the idle engine`, `${idleCpu.toFixed(1)} %`, `${bareCpu.toFixed(1)} % (no schedules)`, idleCpu / bareCpu, "< 2 %", idleCpu < 2));
const [decidedLate, begunLate] = [percentile(late.made, 99), percentile(late.begun, 99)];
rows.push(
  row(
    `${many}, 1,000 due in one second: lateness of the jobs that were made, p99`,
    `${decidedLate.toFixed(0)} ms`,
    "",
    Number.NaN,
    "< 1000 ms",
    decidedLate < 1_000,
  ),
);
rows.push(row("the same, of their first attempts, p99 (they share the runners)", `${begunLate.toFixed(0)} ms`, "", Number.NaN, "", null));

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.version}`;
print(rows);
console.log(`\n${machine}; ${JOBS} jobs, median of ${ROUNDS}`);
if (process.argv.includes("--write")) await writePerformance(rows, `${machine}; ${JOBS} jobs, median of ${ROUNDS} rounds`);
const missed = rows.filter((one) => one.reached === false);
if (missed.length > 0) console.log(`not reached: ${missed.map((one) => one.what).join("; ")}`);

function row(what: string, figure: string, floor: string, ratio: number, goal: string, reached: boolean | null): Row {
  return { what, figure, floor, ratio: Number.isNaN(ratio) ? "" : ratio < 1 ? `${Math.round(ratio * 100)} %` : `${ratio.toFixed(1)} ×`, goal, reached };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(table: Row[]): void {
  const cells = [
    ["what", "figure", "floor", "ratio", "goal", ""],
    ...table.map((one) => [one.what, one.figure, one.floor, one.ratio, one.goal, one.reached === null ? "" : one.reached ? "reached" : "MISSED"]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of cells)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
