import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { bundleRunbook } from "./authoring/bundle.ts";
import { runbookNameOf } from "./authoring/names.ts";
import { systemClock } from "./clock.ts";
import { formatDiagnostic } from "./core/diagnostic.ts";
import { RunwrightError } from "./core/errors.ts";
import type { FailureCode, JobError } from "./core/job.ts";
import type { AttemptToRun } from "./core/run.ts";
import { ROOT_SCOPE } from "./core/scope.ts";
import { validateParameters } from "./protocol/parameters.ts";
import type { HostFunction } from "./sandbox/capabilities/function.ts";
import { httpFunctions } from "./sandbox/capabilities/http.ts";
import { sleepFunctions, wakeTime } from "./sandbox/capabilities/sleep.ts";
import { createSandbox } from "./sandbox/sandbox.ts";
import { type FakeMachine, fakeFleet } from "./sdk/testing/fake-machines.ts";
import { type FakeApprovals, type FakeAssets, type FakeEvents, type FakeJobs, fakeApprovals, fakeAssets, fakeEvents, fakeJobs } from "./sdk/testing/fakes.ts";
import { createJobTime, type JobTime, recordingJournal, type TestRecord } from "./sdk/testing/record.ts";

export type { FakeMachine, FakeUpdate } from "./sdk/testing/fake-machines.ts";
export type {
  AskedApproval,
  FakeApproval,
  FakeApprovals,
  FakeAssets,
  FakeCertificate,
  FakeEvents,
  FakeJob,
  FakeJobs,
} from "./sdk/testing/fakes.ts";
export type { RecordedTestCall, TestRecord } from "./sdk/testing/record.ts";

/** A request that the runbook sent, as its declared permissions let it pass. */
export interface FakeRequest {
  method: string;
  url: string;
  /** Names in lower case; those that the engine adds are there too. */
  headers: Readonly<Record<string, string>>;
  /** As text. */
  body?: string;
}

export interface FakeAnswer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  text?: string;
  /** Instead of text. */
  json?: unknown;
}

/** The world in which a runbook is tested; nothing of it is real, and what isn't given doesn't exist. */
export interface TestWorld extends FakeAssets {
  params?: Record<string, unknown>;
  machines?: readonly FakeMachine[];
  /** Answers by address, or a function that makes them; what it throws, the runbook sees. */
  http?: Readonly<Record<string, FakeAnswer>> | ((request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>);
  /** How child jobs end, by runbook. */
  jobs?: FakeJobs;
  /** How people answer what it asks them; default: someone approves. */
  approvals?: FakeApprovals;
  /** Events that it can wait for. */
  events?: FakeEvents;
  /** Job time at the start; default 2026-01-01T00:00:00Z. Sleeping moves it on at once. */
  now?: Temporal.Instant | string;
  /** Hex, 64 digits: `Math.random` and `crypto` draw from it; default all zeros, so that a test repeats itself. */
  seed?: string;
  /** Writes are recorded, not done. */
  dry?: boolean;
  /** Stops the job. */
  signal?: AbortSignal;
}

export interface TestJob extends TestRecord {
  status: "completed" | "failed" | "stopped";
  failureCode: FailureCode | null;
  error: JobError | null;
}

const TESTER = { id: "prn_test", kind: "user" as const, name: "test", grants: [{ role: "admin" as const, scope: ROOT_SCOPE }] };

/**
 * Runs a runbook as the engine would: bundled, in the real sandbox, with its declared permissions and limits; but in a world made by the test.
 *
 *     const job = await runRunbook(new URL("./hello.ts", import.meta.url), { params: { name: "Ada" } });
 *
 * @param entry the runbook's file
 * @throws CHECK_FAILED when it can't be bundled or loaded, PARAMETERS_INVALID when the parameters don't fit. A runbook that fails doesn't throw: look at `status`.
 */
export async function runRunbook(entry: string | URL, world: TestWorld = {}): Promise<TestJob> {
  const file = entry instanceof URL ? fileURLToPath(entry) : entry;
  const bundled = await bundleRunbook({ entry: file });
  if (!bundled.ok)
    throw new RunwrightError("CHECK_FAILED", bundled.diagnostics.map(formatDiagnostic).join("\n"), { details: { diagnostics: bundled.diagnostics } });
  const { bundle, bundleHash, sourceMap } = bundled.bundle;
  const time = createJobTime(Temporal.Instant.from(world.now ?? "2026-01-01T00:00:00Z").epochMilliseconds);
  const argsKey = randomBytes(32);
  const sandbox = createSandbox({
    clock: systemClock,
    log: { info() {}, warn() {}, error() {} },
    ports: {
      fleet: fakeFleet(world.machines ?? [], time.now),
      assets: fakeAssets(world),
      jobs: fakeJobs(world.jobs ?? {}),
      approvals: fakeApprovals(world.approvals ?? {}, time),
      events: fakeEvents(world.events ?? {}, time),
      keys: { argsHashKey: () => argsKey },
    },
    http: { allowedPrivateHosts: [] },
    replaced: [fakeSleep(time), ...fakeHttp(world.http ?? {})],
    runners: 1,
    releaseFromMs: Number.POSITIVE_INFINITY,
    patienceMs: Number.POSITIVE_INFINITY,
  });
  try {
    const extraction = await sandbox.extract({ bundle, bundleHash, sourceMap });
    if (!extraction.ok) throw new RunwrightError("CHECK_FAILED", `${file}: ${extraction.error.message}`);
    const runbook = runbookNameOf(file);
    const attempt: AttemptToRun = {
      jobId: "job_test",
      originId: "job_test",
      attempt: 1,
      runbook,
      version: null,
      scope: ROOT_SCOPE,
      bundle,
      bundleHash,
      sourceMap,
      manifest: extraction.manifest,
      params: validateParameters(runbook, extraction.manifest.parameters, world.params ?? {}),
      secrets: [],
      seed: world.seed ?? "0".repeat(64),
      startedAt: time.now(),
      usedMs: 0,
      dry: world.dry ?? false,
      actor: TESTER,
      correlationId: "test",
      depth: 0,
      retry: 0,
      eventsFrom: time.now(),
      recorded: [],
      storedStreamEntries: 0,
    };
    const { journal, record } = recordingJournal(time);
    const run = sandbox.run(attempt, journal);
    const stop = () => run.stop();
    world.signal?.addEventListener("abort", stop, { once: true });
    if (world.signal?.aborted) stop();
    const ending = await run.ended;
    world.signal?.removeEventListener("abort", stop);
    if (ending.kind === "lost") throw new Error(`the sandbox lost the job: ${ending.reason}`);
    if (ending.kind === "waiting") throw new Error("the job released its isolate, which it doesn't where its sleeps are replaced");
    const { failureCode, error } = ending.kind === "failed" ? ending : { failureCode: null, error: null };
    return { status: ending.kind, failureCode, error, ...record };
  } finally {
    await sandbox.stop();
  }
}

/** Moves job time on instead of waiting. */
function fakeSleep(time: JobTime): HostFunction {
  const [real] = sleepFunctions();
  if (real === undefined) throw new Error("the sandbox has no sleep");
  return {
    ...real,
    async perform(wake) {
      time.advanceTo(wakeTime(wake as Parameters<typeof wakeTime>[0]));
      return null;
    },
  };
}

/** Answers from the test what the declared permissions allow, without a network; arguments are checked as always. */
function fakeHttp(http: NonNullable<TestWorld["http"]>): HostFunction[] {
  return httpFunctions({
    async send({ method, url, headers, body }) {
      const request = { method, url, headers, ...(body !== null && { body: body.toString("utf8") }) };
      const answer = typeof http === "function" ? await http(request) : Object.hasOwn(http, url) ? http[url] : undefined;
      if (answer === undefined) throw new RunwrightError("HTTP_FAILED", `this test has no answer for ${method} ${url}; give it in http`);
      const text = answer.json === undefined ? (answer.text ?? "") : JSON.stringify(answer.json);
      return { status: answer.status ?? 200, statusText: "", url, headers: answer.headers ?? {}, text };
    },
    close: async () => {},
  });
}
