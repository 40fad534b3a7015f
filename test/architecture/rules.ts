/**
 * The import table of the engine: an area is a folder of engine/, or a file directly in it.
 * Imports point downwards only; areas of one level don't know each other, engine.ts joins them.
 */
const SIBLINGS = ["jobs", "sandbox", "authoring", "fleet", "updates", "logs", "access", "triggers", "resources", "debug", "telemetry", "backup"];
const RECORDS = ["core", "protocol", "store"];
/** Parts that touch the outside (time, ids, log lines); handed in by engine.ts. */
const OUTSIDE = ["clock.ts", "ids.ts", "log.ts", "memory.ts", "version.ts"];

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: ["core"],
  store: ["core", "protocol"],
  ...Object.fromEntries(SIBLINGS.map((area) => [area, RECORDS])),
  http: [...RECORDS, ...SIBLINGS],
  sdk: ["core"],
  // Its program hands memory back as the engine does.
  agent: ["core", "protocol", "memory.ts"],
  // Simulated machines: the agent's own parts, with numbers in the place of packages and memory in that of a disk.
  simulator: ["core", "protocol", "agent"],
  // Pure rules, so that the page says what the engine would say.
  dashboard: ["core"],
  "clock.ts": ["core"],
  "ids.ts": ["core"],
  "log.ts": ["core"],
  "config.ts": ["core"],
  // What the package offers as libraries besides the SDK.
  "schedule.ts": ["core"],
  "webhooks.ts": ["protocol"],
  "memory.ts": [],
  "stops.ts": [],
  "version.ts": [],
  // The agent as files, built from source: by paths, not by imports.
  "agent-bundle.ts": ["version.ts"],
  // Part of the composition root: passes on what one area asks of another.
  "joints.ts": [...RECORDS, ...SIBLINGS, "http"],
  "health.ts": [...RECORDS, ...SIBLINGS, "http"],
  "engine.ts": [...RECORDS, ...SIBLINGS, "http", "config.ts", "joints.ts", "health.ts", "agent-bundle.ts", "stops.ts", ...OUTSIDE],
  // Smaller composition roots: a check without an engine, and one job in the world of a test.
  "checking.ts": ["core", "sandbox", "authoring", "sdk", "clock.ts"],
  testing: ["core", "protocol", "sandbox", "authoring", "debug", "sdk", "clock.ts"],
  "testing.ts": ["testing", "sdk"],
  cli: [...RECORDS, ...SIBLINGS, "http", "sdk", "agent", "simulator", "config.ts", "engine.ts", "checking.ts", "testing", "agent-bundle.ts", ...OUTSIDE],
  "main.ts": ["core", "cli"],
};

/** What the table allows for types alone. */
export const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = { dashboard: ["protocol"] };

/** Single files that may reach a single file or folder besides the table, with the reason. */
export const DOORS: readonly { from: string; to: string; reason: string }[] = [
  { from: "engine/sdk/testing", to: "engine/sandbox/ports.ts", reason: "the test harness reaches isolates through the sandbox's ports" },
];

/**
 * The import table of the extension: an area is a folder of extension/. What needs no VS Code is decided in `model`, from which all others take; `extension.ts` joins them.
 * Of the engine it takes pure rules and the types of what crosses the network, so that it carries no part of it.
 */
export const EXTENSION_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  connection: ["model"],
  documents: ["model"],
  views: ["model"],
  webviews: ["model"],
  messages: ["model"],
  authoring: ["model", "messages"],
  testing: ["model", "messages"],
  debug: ["model", "messages", "documents"],
  commands: ["model", "messages", "documents", "webviews"],
  "extension.ts": ["model", "messages", "connection", "documents", "views", "webviews", "authoring", "testing", "debug", "commands"],
};
export const EXTENSION_MAY_IMPORT_OF_ENGINE = { values: ["engine/core"], types: ["engine/protocol", "engine/core"] } as const;

/** Parts of the engine that the extension carries besides, so that an editor says what the engine or the command would say. They know of `core`, `protocol` and names. */
export const EXTENSION_DOORS: readonly { from: string; to: string; reason: string }[] = [
  { from: "extension/model/authoring", to: "engine/protocol/resources", reason: "shapes of YAML documents, which editors check without asking an engine" },
  { from: "extension/model/authoring", to: "engine/cli/resources/yaml.ts", reason: "the YAML that is taken, with places" },
  { from: "extension/model/workspace", to: "engine/cli/resources", reason: "the files of a plan, as `runwright plan` finds and reads them" },
  { from: "extension/model/debug", to: "engine/debug/relay.ts", reason: "where a debugger of this computer attaches, as to `runwright runbook debug`" },
  { from: "extension/model/authoring", to: "engine/authoring/known-types.ts", reason: "the types that `runwright types` writes" },
  { from: "extension/model/authoring", to: "engine/authoring/globals.ts", reason: "types of what the sandbox offers" },
];

/** Packages that only some places may import. `onlyIn` are paths or folders. */
export const PACKAGES: readonly { name: RegExp; onlyIn: readonly string[]; reason: string }[] = [
  { name: /^(kysely|pg|better-sqlite3)$/, onlyIn: ["engine/store"], reason: "records are read and written in store/ alone" },
  {
    name: /^vscode$/,
    onlyIn: [
      "extension/extension.ts",
      ...[
        "extension/commands",
        "extension/views",
        "extension/documents",
        "extension/connection",
        "extension/authoring",
        "extension/messages",
        "extension/webviews",
        "extension/testing",
        "extension/debug",
      ],
      "test/extension",
    ],
    reason: "the rest of the extension can be tested without VS Code",
  },
];

/** Areas that may import no Node module, or no package at all with a native part. */
export const PURE_AREAS = ["core"];
export const NATIVE_PACKAGES = /^(isolated-vm|better-sqlite3|esbuild|typescript|@duckdb\/.*)$/;
export const AREAS_WITHOUT_NATIVE = ["agent", "core", "protocol", "sdk"];

/** What only the edges of the program may touch. `in` are paths or folders; a pattern is looked for in code, not in comments or strings. */
export const EDGES: readonly { name: string; pattern: RegExp; in: readonly string[] }[] = [
  {
    name: "process.env",
    pattern: /\bprocess\s*\.\s*env\b/g,
    in: ["engine/config.ts", "engine/main.ts", "engine/cli", "engine/agent/main.ts", "engine/agent/starter/main.ts"],
  },
  {
    name: "the wall clock",
    pattern: /\bDate\s*\.\s*now\s*\(|\bnew\s+Date\s*\(\s*\)|\bTemporal\s*\.\s*Now\s*\./g,
    in: ["engine/clock.ts", "engine/cli", "engine/agent/main.ts", "engine/agent/starter/main.ts", "engine/dashboard/main.tsx"],
  },
  { name: "Math.random()", pattern: /\bMath\s*\.\s*random\s*\(/g, in: ["engine/ids.ts", "engine/dashboard/main.tsx"] },
  // Whatever makes a job passes the limit of its runbook.
  { name: "inserting a job", pattern: /\bjobs\s*\.\s*insert\s*\(/g, in: ["engine/jobs/admission.ts"] },
  { name: "console", pattern: /\bconsole\s*\./g, in: ["engine/log.ts", "engine/main.ts", "engine/cli", "engine/agent/main.ts"] },
];

export const SQL_ONLY_IN = ["engine/store"];
export const LONGEST_FILE = 400;
export const MEANINGLESS_NAMES = /(^|\/)(utils?|helpers?|common|manager|service|types)(\.ts|\/)/;
