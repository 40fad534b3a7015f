import { createHash, randomBytes } from "node:crypto";
import { transformSync } from "esbuild";
import type { CallId } from "../../engine/core/call-id.ts";
import type { Clock } from "../../engine/core/clock.ts";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { StreamBody, StreamEntry } from "../../engine/core/job.ts";
import type { Ending, Outcome, RecordedCall } from "../../engine/core/journal.ts";
import { DEFAULT_LIMITS, type Limits, type Permissions } from "../../engine/core/manifest.ts";
import type { AttemptJournal, AttemptToRun, IssuedCall, Run } from "../../engine/core/run.ts";
import { parseSelector, selectorMatches } from "../../engine/core/selector.ts";
import type { AssetsPort, ChildJobsPort, FleetPort, MachineSummary, SandboxPorts, TagChanges } from "../../engine/sandbox/ports.ts";
import { createSandbox, type RunningSandbox, type SandboxParts } from "../../engine/sandbox/sandbox.ts";
import { fakeApprovals } from "../../engine/sdk/testing/fake-approvals.ts";
import { fakeDeployments } from "../../engine/sdk/testing/fake-deployments.ts";
import { fakeEngine } from "../../engine/sdk/testing/fake-engine.ts";
import { fakeEvents } from "../../engine/sdk/testing/fake-events.ts";
import { timeless } from "../../engine/sdk/testing/job-time.ts";

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
export const STARTED_AT = Date.UTC(2026, 0, 15, 12);

/** What an engine would keep of one job over its attempts. */
export interface KeptJob {
  recorded: RecordedCall[];
  entries: StreamEntry[];
  /** Every call that was committed as issued, in order. */
  issued: IssuedCall[];
}

/** A journal in memory that keeps the contract: in order, each answer after its commit, job time moving on with each outcome. */
export function memoryJournal(kept: KeptJob, startedAt = STARTED_AT): AttemptJournal {
  const find = (call: number) => kept.recorded.find((one) => one.call === call);
  let order = Math.max(0, ...kept.recorded.map(({ settlement }) => settlement?.order ?? 0));
  let at = Math.max(startedAt, ...kept.recorded.map(({ settlement }) => settlement?.at ?? 0));
  const record = ({ call, op, args, argsHash, retry }: IssuedCall): RecordedCall => ({ call, op, argsJson: JSON.stringify(args), argsHash, retry });
  return {
    async issue(call) {
      kept.issued.push(structuredClone(call));
      kept.recorded.push(record(call));
    },
    async settle(call, outcome) {
      at += 1_000;
      const settlement = { order: ++order, outcome: structuredClone(outcome), at };
      const known = find(call.call);
      if (known === undefined) kept.recorded.push({ ...record(call), settlement });
      else known.settlement = settlement;
      await new Promise((resolve) => setImmediate(resolve));
      return { order: settlement.order, at: settlement.at };
    },
    emit(body: StreamBody, time) {
      kept.entries.push({ ...structuredClone(body), seq: kept.entries.length + 1, at: time });
    },
  };
}

export const emptyJob = (): KeptJob => ({ recorded: [], entries: [], issued: [] });

/** What a crash leaves: the first outcomes in the order of their commit, and the entries that were written before the next one. */
export function crashedAfter(kept: KeptJob, settlements: number): KeptJob {
  const recorded = kept.recorded.filter(({ settlement }) => settlement !== undefined && settlement.order <= settlements);
  const next = kept.recorded.find(({ settlement }) => settlement?.order === settlements + 1)?.settlement?.at ?? Number.POSITIVE_INFINITY;
  return structuredClone({ recorded, entries: kept.entries.filter((entry) => entry.at < next), issued: [] });
}

export interface RunOptions {
  permissions?: Permissions;
  limits?: Partial<Limits>;
  params?: unknown;
  seed?: string;
  kept?: KeptJob;
  attempt?: Partial<AttemptToRun>;
  journal?: AttemptJournal;
}

export interface Finished {
  ending: Ending;
  kept: KeptJob;
  outputs: unknown[];
  logs: string[];
}

export interface Rig {
  sandbox: RunningSandbox;
  ports: TestPorts;
  warnings: string[];
  /** @param body of `run(ctx)`, in TypeScript; every member of ctx is in scope by its name */
  start(body: string, options?: RunOptions): { run: Run; kept: KeptJob };
  finish(body: string, options?: RunOptions): Promise<Finished>;
  stop(): Promise<void>;
}

const CONTEXT = "{ params, job, log, output, progress, sleep, approval, waitFor, http, variables, secrets, machines, jobs }";

/** A runbook as authoring would bundle it, with its source map: `run` begins in line 2 of `runbooks/subject.ts`. */
export function bundleOf(body: string): { bundle: string; bundleHash: string; sourceMap: string } {
  const source = `export default { kind: "runwright.runbook", definition: { summary: "subject", async run(${CONTEXT}: any) {\n${body}\n} } };`;
  return bundleOfModule(source);
}

export function bundleOfModule(source: string): { bundle: string; bundleHash: string; sourceMap: string } {
  const { code, map } = transformSync(source, {
    loader: "ts",
    format: "iife",
    globalName: "__runbook",
    sourcemap: "external",
    sourcefile: "runbooks/subject.ts",
    target: "esnext",
  });
  return { bundle: code, bundleHash: createHash("sha256").update(code).digest("hex"), sourceMap: map };
}

export function attemptOf(
  body: string,
  { permissions = {}, limits = {}, params = {}, seed = "00112233445566778899aabbccddeeff", kept = emptyJob(), attempt = {} }: RunOptions,
): AttemptToRun {
  return {
    jobId: "job_test",
    originId: "job_test",
    attempt: 1,
    runbook: "subject",
    version: 3,
    scope: "/",
    ...bundleOf(body),
    manifest: { summary: "subject", parameters: { type: "object" }, permissions, limits: { ...DEFAULT_LIMITS, ...limits }, sharedIsolate: false },
    params,
    secrets: [],
    seed,
    startedAt: STARTED_AT,
    usedMs: 0,
    dry: false,
    actor: { id: "prn_test", kind: "user", name: "test", grants: [] },
    correlationId: "correlation",
    depth: 0,
    retry: 0,
    eventsFrom: 0,
    recorded: kept.recorded.map((call) => ({ ...call })),
    storedStreamEntries: kept.entries.length,
    ...attempt,
  };
}

/** @param options.create another build of the sandbox */
export function createRig({ create = createSandbox, ...options }: Partial<SandboxParts> & { ports?: TestPorts; create?: typeof createSandbox } = {}): Rig {
  const ports = options.ports ?? testPorts();
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (_details: object, message: string) => warnings.push(message),
    error: (_details: object, message: string) => warnings.push(message),
  };
  const sandbox = create({
    clock: systemClock,
    log,
    http: { allowedPrivateHosts: [] },
    runners: 1,
    releaseFromMs: Number.POSITIVE_INFINITY,
    patienceMs: Number.POSITIVE_INFINITY,
    ...options,
    ports,
  });
  const start: Rig["start"] = (body, given = {}) => {
    const kept = given.kept ?? emptyJob();
    return { run: sandbox.run(attemptOf(body, { ...given, kept }), given.journal ?? memoryJournal(kept, given.attempt?.startedAt)), kept };
  };
  return {
    sandbox,
    ports,
    warnings,
    start,
    async finish(body, given) {
      const { run, kept } = start(body, given);
      const ending = await run.ended;
      return { ending, kept, ...written(kept) };
    },
    stop: () => sandbox.stop(),
  };
}

function written(kept: KeptJob): { outputs: unknown[]; logs: string[] } {
  return {
    outputs: kept.entries.flatMap((entry) => (entry.kind === "output" ? [entry.value] : [])),
    logs: kept.entries.flatMap((entry) => (entry.kind === "log" ? [entry.message] : [])),
  };
}

export interface TestPorts extends SandboxPorts {
  fleet: FleetPort & {
    machines: MachineSummary[];
    executed: { id: CallId; argv: readonly string[] }[];
    tagged: { id: CallId; machineId: string; changes: TagChanges }[];
    /** What was asked of machines to keep them patched. */
    asked: { op: "assess" | "install" | "reboot"; id: CallId; machineId: string; request: object }[];
  };
  assets: AssetsPort & { variables: Map<string, unknown>; secrets: Map<string, string[]> };
  jobs: ChildJobsPort & { started: Map<string, unknown> };
}

/** A small world for host functions: real rules, no network. */
export function testPorts(): TestPorts {
  const machines: TestPorts["fleet"]["machines"] = [];
  const executed: TestPorts["fleet"]["executed"] = [];
  const tagged: TestPorts["fleet"]["tagged"] = [];
  const asked: TestPorts["fleet"]["asked"] = [];
  const variables = new Map<string, unknown>();
  const secrets = new Map<string, string[]>();
  const started = new Map<string, unknown>();
  const key = randomBytes(32);
  return {
    deployments: fakeDeployments(undefined, timeless(Date.now)).port,
    engine: fakeEngine({}, Date.now),
    keys: { argsHashKey: () => key },
    fleet: {
      machines,
      executed,
      tagged,
      asked,
      async select({ selectors }) {
        const parsed = selectors.map(parseSelector);
        return machines.filter((machine) => parsed.every((selector) => selectorMatches(selector, machine)));
      },
      async updates() {
        return { assessedAt: null, listsUpdatedAt: null, rebootPending: false, compliance: "notassessed", updates: [] };
      },
      async packages() {
        return [{ name: "bash", architecture: "amd64", version: "5.2", held: false }];
      },
      async report({ selectors }) {
        throw new RunwrightError("SELECTOR_INVALID", `no report of ${selectors.join(" and ")} here`);
      },
      async exec(id, _machineId, argv) {
        executed.push({ id, argv });
        return { exitCode: 0, stdout: argv.join(" "), stderr: "", truncated: false };
      },
      async assess(id, machineId, request) {
        asked.push({ op: "assess", id, machineId, request });
        return { assessedAt: 1, listsUpdatedAt: 1, rebootPending: false, compliance: "compliant", updates: [] };
      },
      async install(id, machineId, request) {
        asked.push({ op: "install", id, machineId, request });
        return { packageManager: "apt", updates: [], rebootPending: true, rebootReasons: [], repairs: [], resumed: 0, logFile: "/log" };
      },
      async reboot(id, machineId, request) {
        asked.push({ op: "reboot", id, machineId, request });
        return { bootIdBefore: "a", bootId: "b", downMs: 5 };
      },
      async setTags(id, machineId, changes) {
        tagged.push({ id, machineId, changes });
      },
    },
    assets: {
      variables,
      secrets,
      async read(kind, name, version) {
        if (kind === "variable") {
          if (!variables.has(name)) throw new RunwrightError("ASSET_NOT_FOUND", `there is no variable "${name}"`);
          return { value: variables.get(name) as never, version: 1, secrets: null };
        }
        const versions = secrets.get(kind === "secret" ? name : `${kind}:${name}`) ?? [];
        const wanted = version ?? versions.length;
        const text = versions[wanted - 1];
        if (text === undefined) throw new RunwrightError("ASSET_NOT_FOUND", `there is no ${kind} "${name}" in version ${wanted}`);
        return kind === "secret"
          ? { value: text, version: wanted, secrets: [text] }
          : { value: { user: "ada", password: text }, version: wanted, secrets: [text] };
      },
      async writeVariable(_id, name, value) {
        variables.set(name, value);
      },
    },
    // Who decides and what happens belongs to jobs; here everyone agrees, and nothing happens.
    approvals: fakeApprovals({}, timeless(Date.now)),
    events: fakeEvents({}, timeless(Date.now)),
    jobs: {
      started,
      async start({ parent, runbook, params }) {
        const id = `job_child_of_${parent.jobId}_${parent.call}`;
        started.set(id, { runbook, params });
        return { id };
      },
      async wait(id) {
        return { id, runbook: "child", version: 1, status: "completed", failureCode: null, error: null, outputs: [7] };
      },
    },
  };
}

export const failureOf = (ending: Ending): Extract<Ending, { kind: "failed" }> => {
  if (ending.kind !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(ending)}`);
  return ending;
};

export const settled = (recorded: readonly RecordedCall[]): Outcome[] =>
  recorded
    .flatMap(({ settlement }) => (settlement === undefined ? [] : [settlement]))
    .sort((a, b) => a.order - b.order)
    .map(({ outcome }) => outcome);
