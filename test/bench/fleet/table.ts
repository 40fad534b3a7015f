import type { FleetRun } from "./measure.ts";

interface Line {
  what: string;
  figure(run: FleetRun): number;
  text?(value: number, run: FleetRun): string;
  floor?(run: FleetRun): string;
  goal?: string;
}

const ms = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const seconds = (value: number) => `${value.toFixed(1)} s`;
const mb = (value: number) => `${value.toFixed(0)} MB`;
const percent = (value: number) => `${value.toFixed(1)} %`;
const rate = (value: number) => `${value.toFixed(0)}/s`;
const count = (value: number) => value.toLocaleString("en");

const BEFORE: readonly Line[] = [
  { what: "machines that join", figure: (run) => run.joinsPerSecond, text: rate },
  { what: "herd: admission, p99", figure: ({ herd }) => herd.p99, text: ms },
  { what: "herd: connections put off (429)", figure: ({ herd }) => herd.refused, text: count },
  { what: "herd: all connected after", figure: ({ herd }) => herd.connectedSeconds, text: seconds },
  { what: "herd: every machine's whole report stored after", figure: ({ herd }) => herd.reportedSeconds, text: seconds, goal: "10,000 in < 60 s" },
  { what: "herd: reports confirmed and lost", figure: ({ herd }) => herd.lost, text: count, goal: "0" },
  { what: "herd: engine's memory, peak", figure: ({ herd }) => herd.peakMb, text: mb },
  {
    what: "processor of the engine for each machine that connects and reports",
    figure: (run) => run.wholeCpuMs,
    text: ms,
    floor: (run) => `${ms(1_000 / run.rowsPerSecond)} (bare inserts of its rows)`,
  },
  {
    what: "all connected, idle: engine's memory",
    figure: (run) => run.idleMb,
    text: mb,
    floor: (run) => `${mb(run.emptyMb)} without agents + ${mb(run.socketsMb)} (bare server with as many sockets)`,
    goal: "10,000 in < 1 GB",
  },
  {
    what: "all connected, idle: processor, of one core",
    figure: (run) => run.idleCpu,
    text: percent,
    floor: (run) => `${percent(run.emptyCpu)} without agents`,
  },
];
const AFTER: readonly Line[] = [
  { what: "reports without news, all at once", figure: (run) => run.unchangedPerSecond, text: rate },
  { what: "deployment: plan made", figure: ({ deployment }) => deployment.planMs, text: ms },
  {
    what: "deployment in three waves, 200 machines at once: to its end",
    figure: ({ deployment }) => deployment.rolloutMs / 1_000,
    text: (value, { deployment }) => `${seconds(value)} (${deployment.machines} machines, ${deployment.status})`,
  },
  { what: "the fleet's summary meanwhile, p95", figure: ({ deployment }) => deployment.summaryP95, text: ms },
  { what: "engine killed and started: all connected after", figure: ({ afterRestart }) => afterRestart.connectedSeconds, text: seconds },
  { what: "the same: admission, p99", figure: ({ afterRestart }) => afterRestart.p99 / 1_000, text: seconds },
  { what: "the same: every machine has reported after", figure: ({ afterRestart }) => afterRestart.reportedSeconds, text: seconds },
  { what: "the same: engine's memory, peak", figure: ({ afterRestart }) => afterRestart.peakMb, text: mb },
  { what: "the same: reports confirmed and lost", figure: ({ afterRestart }) => afterRestart.lost, text: count, goal: "0" },
  { what: "database, each machine", figure: (run) => run.databaseMbPerMachine * 1_000, text: (value) => `${value.toFixed(0)} kB` },
  {
    what: "history, each machine and day of hourly reports without news",
    figure: (run) => run.historyKbPerMachineDay,
    text: (value) => `${value.toFixed(1)} kB`,
  },
];

/** Markdown: a column for each size, and how much the last is of the first. */
export function fleetTable(runs: readonly FleetRun[]): string {
  const [first, last] = [runs[0], runs.at(-1)];
  if (!first || !last) return "";
  const questions: Line[] = first.questions.map(({ what }, n) => ({
    what: `${what}, p50 (p95)`,
    figure: (run) => run.questions[n]?.p50 ?? Number.NaN,
    text: (value, run) => `${ms(value)} (${ms(run.questions[n]?.p95 ?? Number.NaN)})`,
    goal: "< 100 ms",
  }));
  const lines = [...BEFORE, ...questions, ...AFTER].map(({ what, figure, text = String, floor, goal = "" }) => {
    const growth = figure(last) / figure(first);
    const cells = runs.map((run) => text(figure(run), run));
    return [what, ...cells, runs.length > 1 && Number.isFinite(growth) ? `${growth.toFixed(1)} ×` : "", floor?.(last) ?? "", goal];
  });
  const head = ["What", ...runs.map(({ machines }) => `${machines.toLocaleString("en")} machines`), "Growth", "Floor, same run", "Goal"];
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
