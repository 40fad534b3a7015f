import type { NewJoinToken } from "../../../engine/protocol/http/machines.ts";
import type { HostShape } from "../../../engine/simulator/host.ts";
import { eventually } from "../../support/eventually.ts";
import { percentile } from "../load.ts";
import { type DeploymentFigures, measureDeployment } from "./deployment.ts";
import { type FleetEngine, startFleetEngine } from "./engine.ts";
import { rowsFloor, socketsFloorMb } from "./floors.ts";
import { type Answered, askAll } from "./questions.ts";
import { type SimulatorWork, startSimulator } from "./simulator.ts";

const MB = 1e6;
const IDLE_MS = 30_000;
const SETTLE_MS = 5_000;
/** Reports of a day: one an hour. */
const DAY = 24;

export interface Herd {
  /** Milliseconds from the wish to connect to the welcome. */
  p50: number;
  p99: number;
  max: number;
  refused: number;
  /** From the first agent's start until all are connected, and until every machine's report is confirmed; seconds. */
  connectedSeconds: number;
  reportedSeconds: number;
  peakMb: number;
  /** Confirmed to a machine, and not in the database. */
  lost: number;
}

export interface FleetRun {
  machines: number;
  joinsPerSecond: number;
  emptyMb: number;
  emptyCpu: number;
  herd: Herd;
  idleMb: number;
  idleCpu: number;
  socketsMb: number;
  /** Seconds of the engine's processor for each whole report, milliseconds. */
  wholeCpuMs: number;
  rowsPerSecond: number;
  questions: readonly Answered[];
  unchangedPerSecond: number;
  deployment: DeploymentFigures;
  afterRestart: Herd;
  databaseMbPerMachine: number;
  historyKbPerMachineDay: number;
  errors: readonly string[];
}

export interface FleetPlan {
  machines: number;
  shape: HostShape;
  /** Machines of the deployment, at most. */
  deployed: number;
  /** Of a herd's first connections, milliseconds. */
  spreadMs: number;
  /** Of the engine's Node. */
  flags: readonly string[];
  say(text: string): void;
}

/** An engine and so many machines, from joining to a crash of the engine. */
export async function measureFleet(plan: FleetPlan): Promise<FleetRun> {
  const { machines, shape, say } = plan;
  const socketsMb = await socketsFloorMb(machines);
  const rowsPerSecond = await rowsFloor(Math.min(machines, 1_000), shape);
  const engine = await startFleetEngine(plan.flags);
  const simulator = startSimulator();
  try {
    await pause(SETTLE_MS);
    const [emptyMb, emptyCpu] = [engine.watch().residentMb(), await engine.watch().cpuPercent(SETTLE_MS)];
    const body = { scope: "/", uses: machines, tags: { simulated: "yes" }, expiresIn: "2h" };
    const { token } = await engine.ask<NewJoinToken>("POST", "/join-tokens", body);
    const joining = performance.now();
    await simulator.join({
      ...{ seed: "bench", machines, prefix: "sim-", tokens: [token], shape, agentVersion: "0.1.0" },
      pace: { installMs: 20, rebootMs: 1_000 },
    });
    const joinsPerSecond = machines / ((performance.now() - joining) / 1_000);
    say(`${machines} machines have joined, ${joinsPerSecond.toFixed(0)}/s`);

    const cpuBefore = engine.watch().cpuSeconds();
    const herd = await watched(engine, simulator, machines, () => simulator.connect({ spreadMs: plan.spreadMs }));
    const wholeCpuMs = ((engine.watch().cpuSeconds() - cpuBefore) / machines) * 1_000;
    say(`connected in ${herd.connectedSeconds.toFixed(1)} s, all reports in ${herd.reportedSeconds.toFixed(1)} s, admission p99 ${herd.p99.toFixed(0)} ms`);
    await pause(SETTLE_MS);
    const idleCpu = await engine.watch().cpuPercent(IDLE_MS);
    const idleMb = engine.watch().residentMb();
    say(`idle: ${idleMb.toFixed(0)} MB, ${idleCpu.toFixed(1)} % of a core`);
    const questions = await askAll(engine, 30);
    for (const { what, p50, p95 } of questions) say(`${what}: ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`);
    const unchanged = performance.now();
    await simulator.report({ machines, times: 1 });
    const unchangedPerSecond = machines / ((performance.now() - unchanged) / 1_000);

    const confirmed = await simulator.taken();
    const whole = engine.look();
    herd.lost = lostOf(confirmed, whole.sequences);
    const some = Math.min(machines, 500);
    await simulator.report({ machines: some, times: DAY });
    const { bytes } = engine.look();
    const historyKbPerMachineDay = (bytes - whole.bytes) / some / 1_000;
    say(`${(whole.bytes / machines / 1_000).toFixed(0)} kB a machine, ${historyKbPerMachineDay.toFixed(1)} kB of history a day`);

    const deployment = await measureDeployment(engine, { selector: selectorOf(plan.deployed), atOnce: 200 });
    say(
      `${deployment.status}: ${JSON.stringify(deployment.counts)} in ${(deployment.rolloutMs / 1_000).toFixed(1)} s, planned in ${deployment.planMs.toFixed(0)} ms`,
    );

    const afterRestart = await watched(engine, simulator, machines, () => engine.restart());
    const confirmedAgain = await simulator.taken();
    afterRestart.lost = lostOf(confirmedAgain, engine.look().sequences);
    say(`after a crash: connected in ${afterRestart.connectedSeconds.toFixed(1)} s, p99 ${afterRestart.p99.toFixed(0)} ms, ${afterRestart.lost} reports lost`);
    const { errors } = await simulator.figures();
    return {
      ...{ machines, joinsPerSecond, emptyMb, emptyCpu, herd, idleMb, idleCpu, socketsMb, wholeCpuMs, rowsPerSecond, questions, unchangedPerSecond },
      ...{ deployment, afterRestart, databaseMbPerMachine: whole.bytes / machines / MB, historyKbPerMachineDay, errors },
    };
  } finally {
    await simulator.stop();
    await engine.stop();
  }
}

/** A herd comes: until all are connected and each has a report that is confirmed. */
async function watched(engine: FleetEngine, simulator: SimulatorWork, machines: number, begin: () => Promise<void>): Promise<Herd> {
  await simulator.forget();
  engine.watch().forgetPeak();
  const reportsBefore = (await simulator.figures()).reportsTaken;
  const started = performance.now();
  let connectedSeconds = Number.NaN;
  let isBegun = false;
  const begun = begin().then(() => {
    isBegun = true;
  });
  begun.catch(() => {}); // awaited below
  await eventually(
    "all machines are connected and have reported",
    async () => {
      await pause(250);
      const { online, reportsTaken } = await simulator.figures();
      const seconds = (performance.now() - started) / 1_000;
      // Before that they are connected to the engine that is about to be killed.
      if (isBegun && online >= machines && Number.isNaN(connectedSeconds)) connectedSeconds = seconds;
      return online >= machines && reportsTaken - reportsBefore >= machines;
    },
    15 * 60_000,
  );
  await begun;
  const reportedSeconds = (performance.now() - started) / 1_000;
  const { admissions, refusals } = await simulator.figures();
  const [p50, p99] = [percentile(admissions, 50), percentile(admissions, 99)];
  const max = admissions.reduce((most, one) => Math.max(most, one), 0);
  return { p50, p99, max, refused: refusals.OVERLOADED ?? 0, connectedSeconds, reportedSeconds, peakMb: engine.watch().peakMb(), lost: Number.NaN };
}

const lostOf = (taken: readonly [string, number][], stored: ReadonlyMap<string, number>): number =>
  taken.filter(([machine, sequence]) => (stored.get(machine) ?? -1) < sequence).length;

/** Names are numbers of five digits. */
const selectorOf = (machines: number): string => (machines >= 1_000 ? "name=sim-00*" : machines >= 100 ? "name=sim-000*" : "name=sim-0000*");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
