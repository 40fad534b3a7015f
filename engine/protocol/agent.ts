import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { INSTALL_STATUSES, type InstallStatus } from "../core/install.ts";

/** The WebSocket path on which agents connect. Frames are JSON texts, one object each. */
export const AGENT_PATH = "/agent";
/** Header of the upgrade request: the agent's nonce, so that the engine's first frame already proves which engine it is. */
export const NONCE_HEADER = "x-runwright-nonce";
/** Versions of this protocol that this code speaks. */
export const AGENT_PROTOCOL = { min: 1, max: 1 } as const;
/** The engine closes a connection whose frame is larger, bytes. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** Inventories are cut so that no frame is larger, bytes. */
export const CHUNK_BYTES = 1024 * 1024;
/** Bytes of JSON text kept of each output stream of a command: both fit in one result frame. */
export const MAX_KEPT_OUTPUT = 1024 * 1024;

/** Why the engine closes a connection, as a WebSocket close code. The reason is in words. */
export const CLOSE = { protocol: 4400, refused: 4403, timeout: 4408, replaced: 4409, invalid: 4422, stopping: 4503 } as const;

const key = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
const signature = Type.String({ pattern: "^[A-Za-z0-9_-]{86}$" });
const nonce = Type.String({ pattern: "^[A-Za-z0-9_-]{22,64}$" });
const id = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$" });
const word = Type.String({ maxLength: 256 });
const sentence = Type.String({ maxLength: 4_096 });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const digest = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
const time = Type.Number({ minimum: 0, maximum: 8.64e15 });

export const FactsSchema = Type.Object({
  os: Type.Union([Type.Literal("linux"), Type.Literal("windows"), Type.Literal("macos"), Type.Literal("other")]),
  osName: word,
  distribution: word,
  distributionVersion: word,
  kernel: word,
  architecture: word,
  hostname: word,
  bootId: word,
  addresses: Type.Unsafe<readonly string[]>(Type.Array(word, { maxItems: 256 })),
  cpus: count,
  memoryBytes: count,
  agentVersion: word,
  timeZone: Type.Optional(word),
});

/** Strings of packages are judged by the intake, one by one: a single odd name must not lose the whole report. */
const text = Type.String({ maxLength: 65_536 });
const installedPackage = Type.Object({
  name: text,
  architecture: text,
  version: text,
  held: Type.Boolean(),
  source: Type.Optional(Type.Object({ name: text, version: text })),
});
const packageKey = Type.Object({ name: text, architecture: text, version: text });
const missingUpdate = Type.Object({
  kind: text,
  name: text,
  title: Type.Optional(text),
  architecture: text,
  installedVersion: Type.Union([text, Type.Null()]),
  candidateVersion: text,
  classification: text,
  severity: text,
  origin: text,
  held: Type.Boolean(),
  phased: Type.Boolean(),
  rebootBehaviour: text,
  cves: Type.Array(text, { maxItems: 1_000 }),
  advisories: Type.Array(text, { maxItems: 1_000 }),
  sizeBytes: Type.Optional(count),
});

/** What a machine has and lacks, as an agent keeps it for itself: the form alone is checked. */
export const keptFindings = Compile(Type.Object({ digest, installed: Type.Array(installedPackage), updates: Type.Array(missingUpdate) }));

/** Arguments of the action `exec`: a program and its arguments, no shell. */
export const ExecArgsSchema = Type.Object({
  argv: Type.Array(Type.String({ maxLength: 131_072, pattern: "^[^\\u0000]*$" }), { minItems: 1, maxItems: 1_000 }),
  /** Milliseconds until the whole process tree is killed. */
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 7 * 24 * 3_600_000 })),
  /** Written to standard input, which is then closed. */
  stdin: Type.Optional(Type.String({ maxLength: 1024 * 1024 })),
  env: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 131_072, pattern: "^[^\\u0000]*$" }))),
  cwd: Type.Optional(Type.String({ maxLength: 4_096, pattern: "^[^\\u0000]+$" })),
});
export type ExecArgs = Static<typeof ExecArgsSchema>;
export const execArgs = Compile(ExecArgsSchema);

export const ExecResultSchema = Type.Object({
  /** `null` when a signal ended the program. */
  exitCode: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([word, Type.Null()]),
  stdout: Type.String(),
  stderr: Type.String(),
  /** Whether more was written than is kept. */
  stdoutTruncated: Type.Boolean(),
  stderrTruncated: Type.Boolean(),
  timedOut: Type.Boolean(),
  cancelled: Type.Boolean(),
  durationMs: count,
});
export type ExecResult = Static<typeof ExecResultSchema>;
export const execResult = Compile(ExecResultSchema);

/** How long the engine waits for the result once the command has started. The agent ends nothing for it: a package manager isn't killed. */
const timeoutMs = Type.Optional(Type.Integer({ minimum: 1, maximum: 7 * 24 * 3_600_000 }));
const chosenUpdate = { name: word, architecture: word, version: word };
/** Arguments of the action `assess`: fetch package lists, then report. */
export const AssessArgsSchema = Type.Object({
  /** Without it, what the machine already knows is reported. */
  refresh: Type.Boolean(),
  lockTimeoutMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
  timeoutMs,
});
export type AssessArgs = Static<typeof AssessArgsSchema>;
export const assessArgs = Compile(AssessArgsSchema);

/** Arguments of the action `install`: exactly these updates, in small batches. */
export const InstallArgsSchema = Type.Object({
  updates: Type.Array(Type.Object(chosenUpdate), { minItems: 1, maxItems: 10_000 }),
  configurationFiles: Type.Optional(Type.Union([Type.Literal("keep"), Type.Literal("replace")])),
  lockTimeoutMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
  /** An update may remove other packages; without it, such an update fails and says what it would remove. */
  allowRemovals: Type.Optional(Type.Boolean()),
  /** No batch starts later than this after the command was asked for (`start-within.ts`), milliseconds; what is left is `MaintenanceWindowExceeded`. */
  startWithinMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 24 * 3_600_000 })),
  timeoutMs,
});
export type InstallArgs = Static<typeof InstallArgsSchema>;
export const installArgs = Compile(InstallArgsSchema);

const installedUpdate = Type.Object({
  ...chosenUpdate,
  fromVersion: Type.Union([word, Type.Null()]),
  status: Type.Unsafe<InstallStatus>(Type.Union(INSTALL_STATUSES.map((status) => Type.Literal(status)))),
  message: sentence,
  startedAt: Type.Union([time, Type.Null()]),
  endedAt: Type.Union([time, Type.Null()]),
});
/** What `install` answers. While it runs, each change of one update's status goes out as a line of JSON in the output stream `stdout`; the package manager's own words in `stderr`. */
export const InstallReportSchema = Type.Object({
  packageManager: word,
  updates: Type.Array(installedUpdate),
  rebootPending: Type.Boolean(),
  rebootReasons: Type.Array(sentence, { maxItems: 100 }),
  repairs: Type.Array(sentence, { maxItems: 100 }),
  resumed: count,
  logFile: sentence,
});
export const installReport = Compile(InstallReportSchema);

/** Arguments of the action `reboot`. The command ends when the agent is back under another boot id. */
export const RebootArgsSchema = Type.Object({
  reason: sentence,
  /** Of the boot that is to end: when the machine has rebooted since, nothing is done. */
  bootId: word,
  /** The machine isn't told to reboot later than this after the command was asked for, milliseconds; then it fails with TOO_LATE. */
  startWithinMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 24 * 3_600_000 })),
  timeoutMs,
});
export const rebootArgs = Compile(RebootArgsSchema);
export const RebootReportSchema = Type.Object({ bootIdBefore: word, bootId: word, downMs: Type.Union([count, Type.Null()]) });
export const rebootReport = Compile(RebootReportSchema);

/** Names a package of the agent: SHA-256, hex. */
const packageHash = Type.String({ pattern: "^[0-9a-f]{64}$" });
/** Largest package of an agent, bytes. */
export const MAX_PACKAGE_BYTES = 16 * 1024 * 1024;
/** Of a package in one frame, bytes before they are base64. */
export const PACKAGE_PART_BYTES = 256 * 1024;

/** Arguments of the action `update-agent`: fetch the engine's package of the agent, try it, keep it or go back. */
export const UpdateAgentArgsSchema = Type.Object({
  version: word,
  hash: packageHash,
  bytes: Type.Integer({ minimum: 1, maximum: MAX_PACKAGE_BYTES }),
  /** In which the new agent must have reported. */
  deadlineMinutes: Type.Number({ exclusiveMinimum: 0, maximum: 24 * 60 }),
  /** How long the command may take in all, for the engine that waits: what else runs on the machine ends first. */
  timeoutMs: Type.Optional(count),
});
export type UpdateAgentArgs = Static<typeof UpdateAgentArgsSchema>;
export const updateAgentArgs = Compile(UpdateAgentArgsSchema);
/** What `update-agent` answers when the new version runs; that the agent went back is an error, AGENT_UPDATE_FAILED. */
export const UpdateAgentReportSchema = Type.Object({
  version: word,
  hash: packageHash,
  /** `current`: it ran already. */
  result: Type.Union([Type.Literal("updated"), Type.Literal("current")]),
  reason: sentence,
});
export type UpdateAgentReport = Static<typeof UpdateAgentReportSchema>;
export const updateAgentReport = Compile(UpdateAgentReportSchema);

const completed = Type.Object({ status: Type.Literal("completed"), value: Type.Unknown() });
const unsuccessful = Type.Object({
  status: Type.Union([Type.Literal("failed"), Type.Literal("refused"), Type.Literal("interrupted")]),
  error: Type.Object({ code: word, message: sentence }),
});
/** What `assess` and `inventory` answer, besides figures: which report it was. */
export const assessReport = Compile(Type.Object({ sequence: count }));

/** How a command ended. A program that exits with 1 has *completed*; one that can't be started has *failed*. */
export const CommandOutcomeSchema = Type.Union([completed, unsuccessful]);
export type CommandOutcome = Static<typeof CommandOutcomeSchema>;

const frame = <Name extends string, Properties extends Record<string, TSchema>>(name: Name, properties: Properties) =>
  Type.Object({ type: Type.Literal(name), ...properties });

const fromEngine = {
  challenge: frame("challenge", {
    nonce,
    engineKey: key,
    protocol: Type.Object({ min: count, max: count }),
    engineVersion: word,
    /** By the engine's identity key over both nonces: the agent shows nothing of itself before it has checked it. */
    signature,
  }),
  /** `inventoryAfterMs`: when the first report is welcome at the earliest; absent: this engine takes whole reports only, and answers none. */
  welcome: frame("welcome", { machineId: id, name: word, heartbeatMs: count, inventoryMs: count, inventoryAfterMs: Type.Optional(count) }),
  refuse: frame("refuse", { code: word, message: sentence, retryAfterMs: Type.Optional(count) }),
  /**
   * `startWithinMs` from its arrival: the clocks of both sides may differ. `acknowledged`: an agent has had it already; one that doesn't know it has lost its
   * state and must not start it.
   */
  command: frame("command", { id, action: word, args: Type.Unknown(), startWithinMs: count, acknowledged: Type.Boolean() }),
  resultConfirmed: frame("resultConfirmed", { commandId: id }),
  /** A report is stored. `digest` is that of what is stored now: whoever has the same may send differences to it. */
  inventoryTaken: frame("inventoryTaken", { sequence: count, digest: Type.Union([digest, Type.Null()]) }),
  /** The newest report is to be sent again: not before that time, as a whole, with a number beyond that one. */
  inventoryWanted: frame("inventoryWanted", { afterMs: Type.Optional(count), whole: Type.Optional(Type.Boolean()), beyond: Type.Optional(count) }),
  cancel: frame("cancel", { commandId: id }),
  /** An operator has given the machine another name. */
  renamed: frame("renamed", { name: word }),
  /** Answers `fetchPackage`. `data`: base64; null: this engine has no such package (another release of it sent the command). */
  packagePart: frame("packagePart", {
    hash: packageHash,
    offset: count,
    data: Type.Union([Type.String({ maxLength: PACKAGE_PART_BYTES * 2 }), Type.Null()]),
  }),
};

const fromAgent = {
  join: frame("join", {
    protocol: count,
    runId: id,
    publicKey: key,
    joinKey: key,
    joinSignature: signature,
    signature,
    name: Type.Optional(word),
    facts: FactsSchema,
    /** The membership that it gives up: of two machines that shared a key, the other one is then the only one that has it. */
    leaves: Type.Optional(Type.Object({ machineId: id, signature })),
  }),
  hello: frame("hello", { protocol: count, runId: id, machineId: id, publicKey: key, signature, facts: FactsSchema }),
  /** With the commands that run: the engine cancels those that it doesn't wait for any more. */
  heartbeat: frame("heartbeat", { running: Type.Array(id, { maxItems: 1_000 }) }),
  facts: frame("facts", { facts: FactsSchema }),
  /** One part of a report; only part 0 has a head. `sequence` grows with every report of a machine, over restarts. */
  inventory: frame("inventory", {
    sequence: count,
    part: count,
    parts: Type.Integer({ minimum: 1, maximum: 256 }),
    head: Type.Optional(
      Type.Object({
        packageManager: word,
        collectedAt: time,
        listsUpdatedAt: Type.Union([time, Type.Null()]),
        rebootPending: Type.Boolean(),
        rebootReasons: Type.Array(sentence, { maxItems: 100 }),
        problems: Type.Array(sentence, { maxItems: 100 }),
        /** The lists hold only what was added or has changed since the findings with the digest `base`; what comes of it has the other digest. */
        difference: Type.Optional(Type.Object({ base: digest, digest })),
      }),
    ),
    installed: Type.Array(installedPackage),
    updates: Type.Array(missingUpdate),
    /** Of a difference: what isn't there any more. */
    removed: Type.Optional(Type.Object({ installed: Type.Array(packageKey), updates: Type.Array(packageKey) })),
  }),
  /** The command is on disk as started, or its outcome is. */
  ack: frame("ack", { commandId: id }),
  /** `seq` from 1 within the command, over both streams. Not kept when the connection is lost: the result has it all, up to its limit. */
  output: frame("output", {
    commandId: id,
    seq: count,
    stream: Type.Union([Type.Literal("stdout"), Type.Literal("stderr")]),
    chunk: Type.String({ maxLength: CHUNK_BYTES }),
  }),
  result: frame("result", { commandId: id, outcome: CommandOutcomeSchema }),
  /** Asks for a piece of a package of the agent. */
  fetchPackage: frame("fetchPackage", { hash: packageHash, offset: Type.Integer({ minimum: 0, maximum: MAX_PACKAGE_BYTES }) }),
};

type Frames<Table> = { [Name in keyof Table]: Table[Name] extends TSchema ? Static<Table[Name]> : never };
export type EngineFrames = Frames<typeof fromEngine>;
export type AgentFrames = Frames<typeof fromAgent>;
export type EngineFrame = EngineFrames[keyof EngineFrames];
export type AgentFrame = AgentFrames[keyof AgentFrames];
export type InventoryPart = AgentFrames["inventory"];

export type Parsed<Frame> = { ok: true; frame: Frame } | { ok: false; problem: string };

export const parseEngineFrame = parserOf<EngineFrame>(fromEngine);
export const parseAgentFrame = parserOf<AgentFrame>(fromAgent);

function parserOf<Frame>(table: Record<string, TSchema>): (data: string) => Parsed<Frame> {
  const validators = new Map(Object.entries(table).map(([name, schema]) => [name, Compile(schema)]));
  return (data) => {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return { ok: false, problem: "the frame isn't JSON" };
    }
    const name = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" ? value.type : "";
    const validator = validators.get(name);
    if (validator === undefined) return { ok: false, problem: `there is no frame "${name.slice(0, 50)}"` };
    // Members that the schema doesn't name go no further. Cleaning is slow for thousands of packages: whoever takes those in picks what it knows.
    if (validator.Check(value)) return { ok: true, frame: (name === "inventory" ? value : validator.Clean(value)) as Frame };
    const [first] = validator.Errors(value);
    return { ok: false, problem: `frame "${name}"${first?.instancePath ?? ""} ${first?.message ?? "isn't valid"}` };
  };
}

/** The version that a frame names, even one of a form that only the future knows. */
export function protocolOf(data: string): number | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "protocol" in value && typeof value.protocol === "number" ? value.protocol : undefined;
  } catch {
    return undefined; // not JSON: whoever parses the frame says so
  }
}

/** The newest version that both sides speak, or which of them is too old, in words. */
export function agreeOnProtocol(agent: { min: number; max: number }, engine: { min: number; max: number }): { version: number } | { problem: string } {
  const spoken = `the agent speaks protocol ${range(agent)}, the engine ${range(engine)}`;
  if (agent.min > engine.max) return { problem: `${spoken}: upgrade the engine` };
  if (agent.max < engine.min) return { problem: `${spoken}: upgrade the agent` };
  return { version: Math.min(agent.max, engine.max) };
}

const range = ({ min, max }: { min: number; max: number }): string => (min === max ? `${min}` : `${min} to ${max}`);
