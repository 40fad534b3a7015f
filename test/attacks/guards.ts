/** A change of one file of the engine: `find` must be there, exactly once. */
export interface Cut {
  /** Below `engine/`. */
  file: string;
  find: string;
  put: string;
}

const isolate = (find: string, put: string): Cut => ({ file: "sandbox/runner/isolates.ts", find, put });
const channel = (find: string, put = "if (false)"): Cut => ({ file: "sandbox/runner/prelude/channel.ts", find, put });
const streams = (find: string, put = "if (false)"): Cut => ({ file: "sandbox/streams.ts", find, put });
const calls = (find: string, put: string): Cut => ({ file: "sandbox/calls.ts", find, put });
const broker = (find: string, put: string): Cut => ({ file: "sandbox/broker.ts", find, put });
const capability = (file: string, find: string, put = "true"): Cut => ({ file: `sandbox/capabilities/${file}.ts`, find, put });

const RESIDENT: readonly Cut[] = [
  { file: "sandbox/runner/memory.ts", find: "return process.memoryUsage.rss() > allowed;", put: "return false;" },
  { file: "sandbox/resident-memory.ts", find: "if (bytes !== null && bytes > allowedMb() * 1024 * 1024 + HEADROOM_BYTES)", put: "if (bytes === -1)" },
];

/** Where attacks run that V8 itself keeps in. */
export type Elsewhere = "objects of the host in reach" | "no limit of the stack";

/**
 * What keeps attacks in, each with how tests take it away: sources of the engine are changed in a copy, never in the product. What is V8's
 * own nothing can take away from an isolate: there the attack runs elsewhere, without it.
 */
export const GUARDS = {
  "an isolate of its own": "objects of the host in reach",
  "the lockdown": [{ file: "sandbox/runner/prelude/text.ts", find: "  installLockdown(realm);\n", put: "" }],
  "the strict prelude": [{ file: "sandbox/runner/prelude/text.ts", find: '(() => { "use strict";', put: "(() => {" }],
  "what the prelude keeps from before": [
    { file: "sandbox/runner/prelude/realm.ts", find: "apply(then, promise, [done, failed]);", put: "promise.then(done, failed);" },
    { file: "sandbox/runner/prelude/realm.ts", find: "stringify: JSON.stringify,", put: "stringify: (value) => JSON.stringify(value)," },
  ],
  "the limits of memory": [isolate("memoryLimit: memoryMb", "memoryLimit: 16_384"), ...RESIDENT],
  "the watch over resident memory": RESIDENT,
  "the limit of CPU time": [{ file: "sandbox/runner/attempt.ts", find: "if (cpuMs - cpuMsBefore > limits.cpuMs)", put: "if (cpuMs < 0)" }],
  "the limit of values": [{ file: "sandbox/failure.ts", find: "if (holdsMoreValues(json, MAX_ARGUMENT_VALUES))", put: "if (false)" }],
  "the limit of nesting": [{ file: "sandbox/failure.ts", find: "if (nestsTooDeep(json))", put: "if (false)" }],
  "the limit of output": [channel("if (written > state.limits.outputBytes)"), streams("if (bytes > outputBytes)")],
  "the engine's own limit of output": [streams("if (bytes > outputBytes)")],
  "the limit of the log's rate": [channel("if (isTooFast)"), streams("if (allowance < 0)")],
  "the engine's own limit of the log's rate": [streams("if (allowance < 0)")],
  "the limit of host calls": [channel("if (number > state.limits.hostCalls)"), calls("if (count > hostCalls)", "if (false)")],
  "the engine's own limit of host calls": [calls("if (count > hostCalls)", "if (false)")],
  "the limit of one argument": [channel("if (json.length > kinds.maxArgumentChars)")],
  "V8's limit of the stack": "no limit of the stack",
  "numbers that are given last": [
    channel("const written = bytes + utf8Length(json);", "entries++; const written = bytes + utf8Length(json);"),
    channel("if (entries >= state.skipEntries) sendEntry(kind, json);", "if (entries > state.skipEntries) sendEntry(kind, json);"),
    channel("state.send(kinds.emit, entries + 1, kind, json, state.now);", "state.send(kinds.emit, entries, kind, json, state.now);"),
    channel("      bytes = written;\n      entries++;", "      bytes = written;"),
  ],
  "copies without prototypes": [
    {
      file: "core/masking.ts",
      find: "return Object.fromEntries(Object.entries(part).map(([key, member]) => [replaceIn(key, replacement, found), map(member)]));",
      put: "const copy: any = {}; for (const [key, member] of Object.entries(part)) copy[replaceIn(key, replacement, found)] = map(member); return copy;",
    },
  ],
  "what the command prints is clean": [
    {
      file: "cli/terminal.ts",
      find: 'stripVTControlCharacters(text).replace(/(?![\\t\\n])\\p{Cc}|[\\u202a-\\u202e\\u2066-\\u2069]/gu, "\\ufffd")',
      put: "text",
    },
  ],
  "one entry, one head": [{ file: "cli/follow.ts", find: 'clean(text).replaceAll("\\n", lineBreak)', put: "clean(text)" }],
  "the job's clock": [
    { file: "sandbox/runner/prelude/text.ts", find: "  installClock(realm, state);\n", put: "" },
    { file: "sandbox/runner/prelude/text.ts", find: "const temporal = installTemporal(realm, state);", put: "const temporal = { timeOf: () => undefined };" },
  ],
  "grants of secrets": [capability("assets", "attempt.manifest.permissions[permission]?.includes(name)")],
  "grants of variables": [capability("assets", "attempt.manifest.permissions.setVariables?.includes(name)")],
  "grants of child jobs": [capability("jobs", "attempt.manifest.permissions.jobs?.includes(runbook)")],
  "jobs that the job has started": [capability("jobs", "children.has(id)")],
  "machines that the job has selected": [capability("machine-grants", "machines.has(machine)")],
  "actions on machines": [capability("machine-grants", "!declared.actions.includes(action)", "false")],
  "secrets stay out of variables": [capability("assets", "holdsSecret(masker, value)", "false")],
  "origins of HTTP": [capability("http", "attempt.manifest.permissions.http?.some((grant) => grantOpens(grant, wanted))")],
  "masking of what is written": [streams("const masked = masker.maskJson(entry);", "const masked = entry;")],
  "numbers of calls": [calls("if (message.call !== count + 1)", "if (false)")],
  "numbers of entries": [streams("if (message.entry !== entries + 1)")],
  "job time": [broker("Math.min(Math.max(message.at, attempt.startedAt), lastAt)", "message.at")],
  "replays that are complete": [broker("if (missing === undefined) finish(", 'finish({ kind: "completed", usage }); if (missing === undefined) finish(')],
  "the bound of a frame": [{ file: "protocol/frames.ts", find: "if (this.#expected > MAX_FRAME_BYTES)", put: "if (false)" }],
  "the bound of what a frame holds": [{ file: "protocol/frames.ts", find: "if (depth > MAX_DEPTH || marks > MAX_MARKS)", put: "if (false)" }],
  "the limit of open arguments": [calls("if (openArgumentChars + message.args.length > MAX_OPEN_ARGUMENT_CHARS)", "if (false)")],
} as const satisfies Record<string, readonly Cut[] | Elsewhere>;

export type GuardName = keyof typeof GUARDS;
