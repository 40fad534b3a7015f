import { getTestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runbookNameOf } from "../authoring/names.ts";
import { formatDuration, parseDuration } from "../core/duration.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Manifest, Permissions } from "../core/manifest.ts";
import { validateParameters } from "../protocol/parameters.ts";
import { createClock, worksOf } from "../sdk/testing/clock.ts";
import { type PermissionReport, reportOf } from "../sdk/testing/permissions.ts";
import { loadBundle } from "./bundled.ts";
import type { DebuggerWishes } from "./open-to-debugger.ts";
import { settings } from "./settings.ts";
import { sharedSandbox } from "./shared-sandbox.ts";
import { type StartedJob, startJob } from "./start-job.ts";
import { endedJob, type RunningTestJob, runningJob, type TestJob } from "./test-job.ts";
import type { RunbookModule, TestWorld, WorldOf } from "./typed-world.ts";

const PATIENCE = "10s";
/** Any timer keeps a process alive. */
const LONG_MS = 2 ** 30;

/** A runbook under test. */
export interface TestedRunbook<Module = unknown> {
  /** Runs it to its end: time goes on by itself whenever the job does nothing but wait. @throws CHECK_FAILED, PARAMETERS_INVALID */
  run(world?: WorldOf<Module>): Promise<TestJob>;
  /** Runs it up to where it waits; the test moves its clock, answers what it asks, and publishes what it waits for. */
  start(world?: WorldOf<Module>): Promise<RunningTestJob>;
  manifest(): Promise<Manifest>;
  /** What all runs so far have used of what it declares. */
  permissions(): Promise<PermissionReport>;
}

/**
 * A runbook to be tested, typed by its own module: parameters and assets that it doesn't declare are errors in the editor.
 *
 *     const restart = loadRunbook<typeof import("./restart-service.ts")>(new URL("./restart-service.ts", import.meta.url));
 *     const job = await restart.run({ params: { role: "web" }, machines: [{ name: "web-1", services: { nginx: "failed" } }] });
 *
 * @param entry the runbook's file
 */
export function loadRunbook<Module extends RunbookModule = unknown>(entry: string | URL): TestedRunbook<Module> {
  return testedRunbook(entry instanceof URL ? fileURLToPath(entry) : entry, settings().inspect ? TOLD_DEBUGGER : undefined);
}

/** The command that runs the tests reads it. */
const TOLD_DEBUGGER: DebuggerWishes = {
  ...{ port: 0, isListed: false },
  onListening: (url, runbook) => void process.stderr.write(`Debugger listening on ${url} for runbook ${runbook}\n`),
};

/** @param debug each of its jobs waits for a debugger */
export function testedRunbook<Module extends RunbookModule = unknown>(file: string, debug: DebuggerWishes | undefined): TestedRunbook<Module> {
  const needed = new Set<string>();
  const load = () => loadBundle(file, sharedSandbox());

  async function begin(world: TestWorld) {
    const sandbox = sharedSandbox();
    const loaded = await loadBundle(file, sandbox);
    const runbook = runbookNameOf(file);
    const params = validateParameters(runbook, loaded.manifest.parameters, world.params ?? {});
    const clock = world.clock === undefined ? createClock(world.now ?? "2026-01-01T00:00:00Z") : worksOf(world.clock);
    const startedAt = clock.now();
    const { seed = "0".repeat(64), dry = false, permissions = "declared", interrupted = false, signal } = world;
    const job = startJob(sandbox, {
      ...{ runbook, loaded, params, clock, seed, dry, interrupted, debug },
      surroundings: world,
      observes: permissions === "observe",
    });
    const ended = endedJob({ job, runbook, params, startedAt, now: clock.now });
    const alive = setInterval(() => {}, LONG_MS);
    const stop = () => job.stop();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    const finish = () => {
      clearInterval(alive);
      signal?.removeEventListener("abort", stop);
      for (const one of job.needed) needed.add(one);
    };
    ended.then(finish, finish);
    refuseToBeLeft(job);
    return { job, ended, clock };
  }

  return {
    async run(world = {} as WorldOf<Module>) {
      const { job, ended, clock } = await begin(world as TestWorld);
      while (!job.hasEnded()) {
        await job.quiet();
        if (!job.hasEnded() && !clock.next() && !job.world.events.giveUp())
          job.giveUp(new Error(`the job waits for what never happens in this test: ${waitsOf(job)}`));
      }
      return ended;
    },
    async start(world = {} as WorldOf<Module>) {
      const { job, ended, clock } = await begin(world as TestWorld);
      ended.catch(() => {}); // the test may never look
      await job.quiet();
      // Whoever looks at it may take as long as they like.
      if (debug === undefined) giveUpUnmoved(job, clock.now, parseDuration((world as TestWorld).patience ?? PATIENCE));
      return runningJob(job, ended, clock.face);
    },
    manifest: async () => (await load()).manifest,
    async permissions() {
      const permissions: Permissions = (await load()).manifest.permissions;
      return reportOf(permissions, needed);
    },
  };
}

/**
 * Runs a runbook as the engine would: bundled, in the real sandbox, with its declared permissions and limits; but in a world made by the test.
 *
 *     const job = await runRunbook(new URL("./hello.ts", import.meta.url), { params: { name: "Ada" } });
 *
 * @param entry the runbook's file
 * @throws CHECK_FAILED when it can't be bundled or loaded, PARAMETERS_INVALID when the parameters don't fit. A runbook that fails doesn't throw: look at `status`.
 */
export const runRunbook = (entry: string | URL, world: TestWorld = {}): Promise<TestJob> => loadRunbook(entry).run(world);

const waitsOf = (job: StartedJob): string =>
  job
    .open()
    .flatMap((entry) => (entry.kind === "call" ? [entry.op] : []))
    .join(", ") || "nothing";

/** A job that is still there when its test ends is the test's mistake: it would go on into the next one. */
function refuseToBeLeft(job: StartedJob): void {
  const context = getTestContext();
  if (context === undefined || !("after" in context)) return;
  context.after(() => {
    if (job.hasEnded()) return;
    const waits = waitsOf(job);
    job.giveUp(new RunwrightError("CONFLICT", "the test has ended before its job"));
    throw new RunwrightError("CONFLICT", `the test has ended before its job, which waits for ${waits}: await its end, move its clock further, or stop it`);
  });
}

function giveUpUnmoved(job: StartedJob, now: () => number, patienceMs: number): void {
  const look = () => `${now()} ${job.recorder.entries.length}`;
  let seen = look();
  const timer = setInterval(() => {
    const before = seen;
    seen = look();
    if (before !== seen) return;
    const unmoved = `for ${formatDuration(patienceMs)} nobody has moved its clock or acted`;
    job.giveUp(new RunwrightError("WAIT_TIMED_OUT", `the job waits for ${waitsOf(job)}, and ${unmoved}`));
  }, patienceMs);
  const forget = () => clearInterval(timer);
  job.ended.then(forget, forget);
}
