import { closeSync, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { parseDuration } from "./core/duration.ts";
import { RunwrightError } from "./core/errors.ts";

/** What an operator decides. Frozen: it doesn't change while the engine runs. */
export interface Config {
  /** Data directory, absolute. */
  data: string;
  host: string;
  /** 0: any free one. */
  port: number;
  /** How people and machines reach the engine, when it isn't the address that it listens on: behind a proxy, or on all interfaces. */
  url: string | null;
  /** Address for the store; null: SQLite in the data directory. */
  database: string | null;
  masterKey: MasterKeySource;
  /** Takes the place of the master key at the next rotation of keys; null: none does. */
  nextMasterKey: MasterKeySource | null;
  tls: { kind: "off" } | { kind: "selfSigned" } | { kind: "own"; keyFile: string; certificateFile: string };
  /** Addresses and networks of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[];
  /** Hosts, addresses and networks inside the own network that runbooks may reach when they declare them. */
  allowedPrivateHosts: readonly string[];
  /** Runner processes; null: one a processor, at least two. */
  runners: number | null;
  /** Requests in a second, and in a burst, of one token and of one address. */
  rateLimits: { token: Rate; address: Rate; refused: Rate } | null;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Where programs are looked for: PATH. */
  programs: string;
  /** How long assessments and installs are kept, milliseconds. */
  historyMs: number;
  /** How long jobs are kept after their end, with their streams and journals, milliseconds. */
  jobHistoryMs: number;
  /** How long entries of the activity log are kept, milliseconds. */
  activityHistoryMs: number;
  /** Backups that the engine makes by itself; folder null: none. */
  backups: { folder: string | null; keep: number; keyFile: string | undefined; passphraseFile: string | undefined };
  /** How long running jobs may go on when the engine stops, milliseconds. */
  drainMs: number;
  /** Where traces go, by OTLP over HTTP; null: nowhere. */
  traces: { url: string; headers: Readonly<Record<string, string>> } | null;
}

type MasterKeySource =
  | { kind: "file"; path: string }
  | { kind: "text"; text: string; name: string }
  | { kind: "command"; argv: readonly [string, ...string[]] };

interface Rate {
  perSecond: number;
  burst: number;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export const DEFAULT_PORT = 4680;
const DEFAULT_DATA = ".runwright";
const DAY_MS = 24 * 3_600_000;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** A setting's name in the file, in the environment and for the command line. */
const SETTINGS = {
  data: { env: "RUNWRIGHT_DATA" },
  host: { env: "RUNWRIGHT_HOST" },
  port: { env: "RUNWRIGHT_PORT" },
  url: { env: "RUNWRIGHT_PUBLIC_URL" },
  database: { env: "RUNWRIGHT_DATABASE" },
  masterKeyFile: { env: "RUNWRIGHT_MASTER_KEY_FILE" },
  masterKeyCommand: { env: "RUNWRIGHT_MASTER_KEY_COMMAND" },
  nextMasterKeyFile: { env: "RUNWRIGHT_NEXT_MASTER_KEY_FILE" },
  nextMasterKeyCommand: { env: "RUNWRIGHT_NEXT_MASTER_KEY_COMMAND" },
  tls: { env: "RUNWRIGHT_TLS" },
  tlsKey: { env: "RUNWRIGHT_TLS_KEY" },
  tlsCertificate: { env: "RUNWRIGHT_TLS_CERTIFICATE" },
  trustedProxies: { env: "RUNWRIGHT_TRUSTED_PROXIES" },
  allowedPrivateHosts: { env: "RUNWRIGHT_ALLOWED_PRIVATE_HOSTS" },
  runners: { env: "RUNWRIGHT_RUNNERS" },
  rateLimits: { env: "RUNWRIGHT_RATE_LIMITS" },
  logLevel: { env: "RUNWRIGHT_LOG_LEVEL" },
  history: { env: "RUNWRIGHT_HISTORY" },
  jobHistory: { env: "RUNWRIGHT_JOB_HISTORY" },
  activityHistory: { env: "RUNWRIGHT_ACTIVITY_HISTORY" },
  backupFolder: { env: "RUNWRIGHT_BACKUP_FOLDER" },
  backupKeep: { env: "RUNWRIGHT_BACKUP_KEEP" },
  backupKeyFile: { env: "RUNWRIGHT_BACKUP_KEY_FILE" },
  backupPassphraseFile: { env: "RUNWRIGHT_BACKUP_PASSPHRASE_FILE" },
  drain: { env: "RUNWRIGHT_DRAIN" },
  // The names that every OpenTelemetry program goes by: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
  otlpEndpoint: { env: "OTEL_EXPORTER_OTLP_ENDPOINT" },
  otlpHeaders: { env: "OTEL_EXPORTER_OTLP_HEADERS" },
} as const;
type Setting = keyof typeof SETTINGS;
export type Settings = Partial<Record<Setting, unknown>>;

export interface ConfigSources {
  /** From the command line: wins over the environment, which wins over the file. */
  options: Settings;
  env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  cwd: string;
  /** Configuration file; without one, `config.yaml` in the data directory if it is there. */
  file?: string;
  /** The number of the user that reads it; undefined: users have none here, as on Windows. */
  user?: number | undefined;
}

/** The data directory, absolute. It is known before the settings, which may lie in it. */
export const dataDirectory = ({ options, env, cwd }: Pick<ConfigSources, "options" | "env" | "cwd">): string =>
  resolve(cwd, String(options.data || env[SETTINGS.data.env] || DEFAULT_DATA));

/**
 * Reads the configuration.
 * @throws CONFIG_INVALID that lists every problem, with the setting's name and where it comes from
 */
export function loadConfig({ options, env, cwd, file, user = process.getuid?.() }: ConfigSources): Config {
  const problems: string[] = [];
  const fromEnv = (setting: Setting): unknown => env[SETTINGS[setting].env] || undefined;
  const data = resolve(cwd, text(options.data ?? fromEnv("data") ?? DEFAULT_DATA, "data", problems));
  const configFile = file ? resolve(cwd, file) : join(data, "config.yaml");
  const { settings: inFile, owner } = readFile(configFile, file !== undefined, problems);
  if (file === undefined) refuseCommandsOfOthers({ path: configFile, settings: inFile, owner, user }, problems);
  for (const name of Object.keys(inFile)) {
    if (!Object.hasOwn(SETTINGS, name)) problems.push(`${name}: is not a setting; known are ${Object.keys(SETTINGS).join(", ")}`);
  }
  const get = (setting: Setting): unknown => options[setting] ?? fromEnv(setting) ?? inFile[setting];
  const path = (setting: Setting): string | undefined => {
    const value = get(setting);
    return value === undefined ? undefined : resolve(cwd, text(value, setting, problems));
  };
  const list = (setting: Setting): string[] => {
    const value = get(setting) ?? [];
    const entries = Array.isArray(value) ? value : String(value).split(",");
    return entries.map((entry) => String(entry).trim()).filter(Boolean);
  };

  const host = text(get("host") ?? "127.0.0.1", "host", problems);
  const config: Config = {
    data,
    host,
    port: integer(get("port") ?? DEFAULT_PORT, "port", 0, 65_535, problems),
    url: publicUrl(get("url"), problems),
    database: get("database") === undefined ? null : text(get("database"), "database", problems),
    masterKey: masterKey({ env, name: "masterKey", file: path("masterKeyFile"), command: get("masterKeyCommand") }, problems) ?? {
      kind: "file",
      path: join(data, "master.key"),
    },
    nextMasterKey: masterKey({ env, name: "nextMasterKey", file: path("nextMasterKeyFile"), command: get("nextMasterKeyCommand") }, problems),
    tls: tls({ mode: get("tls"), key: path("tlsKey"), certificate: path("tlsCertificate"), host }, problems),
    trustedProxies: list("trustedProxies"),
    allowedPrivateHosts: list("allowedPrivateHosts"),
    runners: get("runners") === undefined ? null : integer(get("runners"), "runners", 1, 64, problems),
    rateLimits: rateLimits(get("rateLimits"), problems),
    logLevel: oneOf(get("logLevel") ?? "info", "logLevel", LOG_LEVELS, problems),
    programs: env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    historyMs: duration(get("history") ?? "180d", "history", problems),
    jobHistoryMs: duration(get("jobHistory") ?? "30d", "jobHistory", problems),
    activityHistoryMs: duration(get("activityHistory") ?? "180d", "activityHistory", problems),
    backups: {
      folder: path("backupFolder") ?? null,
      keep: integer(get("backupKeep") ?? 14, "backupKeep", 1, 10_000, problems),
      keyFile: path("backupKeyFile"),
      passphraseFile: path("backupPassphraseFile"),
    },
    drainMs: duration(get("drain") ?? "10s", "drain", problems),
    traces: traces({ endpoint: get("otlpEndpoint"), headers: list("otlpHeaders") }, problems),
  };
  for (const name of ["history", "jobHistory", "activityHistory"] as const) if (config[`${name}Ms`] < DAY_MS) problems.push(`${name}: must be a day at least`);
  if (config.backups.keyFile !== undefined && config.backups.passphraseFile !== undefined)
    problems.push("backupKeyFile, backupPassphraseFile: give one of them");
  for (const proxy of config.trustedProxies) {
    if (isIP(proxy.split("/")[0] ?? "") === 0) problems.push(`trustedProxies: "${proxy}" must be an address or a network such as 10.0.0.0/8`);
  }
  if (config.database !== null && !/^(postgres(ql)?:\/\/|sqlite:|memory:)/.test(config.database)) {
    problems.push("database: must begin with postgres://; leave it out to keep the data in the data directory");
  }
  if (problems.length > 0)
    throw new RunwrightError("CONFIG_INVALID", `the configuration isn't valid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`, {
      details: problems,
    });
  return Object.freeze(config);
}

/** Headers hold a collector's password as a rule: problems don't repeat them. */
function traces({ endpoint, headers }: { endpoint: unknown; headers: readonly string[] }, problems: string[]): Config["traces"] {
  if (endpoint === undefined) return null;
  let url: URL;
  try {
    url = new URL(text(endpoint, "otlpEndpoint", problems));
  } catch {
    problems.push("otlpEndpoint: must be an address such as http://localhost:4318");
    return null;
  }
  if (!/^https?:$/.test(url.protocol)) problems.push("otlpEndpoint: must begin with http:// or https://; traces are sent by HTTP, not by gRPC");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  const pairs = headers.flatMap((header): [string, string][] => {
    const at = header.indexOf("=");
    const name = header.slice(0, at).trim();
    if (at <= 0 || !/^[\w-]+$/.test(name)) {
      problems.push("otlpHeaders: must be name=value, several of them with commas between");
      return [];
    }
    const value = decoded(header.slice(at + 1).trim());
    if (!/^[ -~\u00a0-\u00ff]*$/.test(value)) {
      problems.push(`otlpHeaders: the value of ${name} has a line end or another character that no header can hold`);
      return [];
    }
    return [[name, value]];
  });
  // An address with a password in it is one that fetch refuses, and that logs would tell.
  const { username, password } = url;
  if (username !== "" || password !== "") {
    if (pairs.some(([name]) => name.toLowerCase() === "authorization"))
      problems.push("otlpEndpoint: has a user; leave it out, or authorization in otlpHeaders");
    url.username = "";
    url.password = "";
    pairs.push(["authorization", `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")}`]);
  }
  return { url: url.href, headers: Object.fromEntries(pairs) };
}

/** Values are percent-encoded as in W3C Baggage, or plain. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

interface ConfigFile {
  settings: Settings;
  /** Of the very file that was read. */
  owner?: Pick<Stats, "uid" | "mode">;
}

function readFile(path: string, mustExist: boolean, problems: string[]): ConfigFile {
  let content: string;
  let owner: Stats;
  try {
    const handle = openSync(path, "r");
    try {
      owner = fstatSync(handle);
      content = readFileSync(handle, "utf8");
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (mustExist || !missing) problems.push(`${path} can't be read: ${error instanceof Error ? error.message : error}`);
    return { settings: {} };
  }
  try {
    const settings: unknown = parse(content) ?? {};
    if (typeof settings === "object" && settings !== null && !Array.isArray(settings)) return { settings, owner };
    problems.push(`${path} must hold settings, one a line, such as "port: 4680"`);
  } catch (error) {
    problems.push(`${path} isn't valid YAML: ${error instanceof Error ? error.message : error}`);
  }
  return { settings: {} };
}

/** An administrator who looks after a service's directory must not run what the service's account may have written there. */
function refuseCommandsOfOthers({ path, settings, owner, user }: ConfigFile & { path: string; user: number | undefined }, problems: string[]): void {
  if (owner === undefined || user === undefined) return;
  const isOpen = (owner.mode & 0o002) !== 0;
  if ((owner.uid === 0 || owner.uid === user) && !isOpen) return;
  const whose = isOpen ? "everyone may write" : `belongs to user ${owner.uid}`;
  for (const setting of ["masterKeyCommand", "nextMasterKeyCommand"] as const) {
    if (settings[setting] === undefined) continue;
    problems.push(`${setting}: is in ${path}, which ${whose}, so it isn't run; make that file yours alone, or name it with --config if you trust it`);
  }
}

function text(value: unknown, setting: string, problems: string[]): string {
  if (typeof value === "string" && value !== "") return value;
  problems.push(`${setting}: must be a text`);
  return "";
}

function publicUrl(value: unknown, problems: string[]): string | null {
  if (value === undefined) return null;
  const url = URL.parse(String(value));
  if (url && (url.protocol === "https:" || url.protocol === "http:")) return url.origin;
  problems.push("url: must look like https://runwright.example.com");
  return null;
}

function integer(value: unknown, setting: string, least: number, most: number, problems: string[]): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
  problems.push(`${setting}: must be a whole number from ${least} to ${most}, not "${String(value)}"`);
  return least;
}

function duration(value: unknown, setting: string, problems: string[]): number {
  try {
    return parseDuration(typeof value === "number" ? value : String(value));
  } catch (error) {
    problems.push(`${setting}: ${error instanceof Error ? error.message : error}`);
    return 0;
  }
}

function oneOf<const Values extends readonly string[]>(value: unknown, setting: string, values: Values, problems: string[]): Values[number] {
  if (values.includes(String(value))) return String(value);
  problems.push(`${setting}: must be one of ${values.join(", ")}, not "${String(value)}"`);
  return values[0] ?? "";
}

interface GivenMasterKey {
  env: ConfigSources["env"];
  name: "masterKey" | "nextMasterKey";
  file: string | undefined;
  command: unknown;
}

/** @returns null when none is given */
function masterKey({ env, name, file, command }: GivenMasterKey, problems: string[]): MasterKeySource | null {
  const variable = name === "masterKey" ? "RUNWRIGHT_MASTER_KEY" : "RUNWRIGHT_NEXT_MASTER_KEY";
  const key = env[variable] || undefined;
  const chosen = [key, file, command].filter((one) => one !== undefined);
  if (chosen.length > 1) problems.push(`${name}: give one of ${variable}, ${name}File and ${name}Command`);
  if (key !== undefined) return { kind: "text", text: key, name: variable };
  if (command !== undefined) {
    const [program, ...args] = Array.isArray(command) ? command.map(String) : String(command).split(/\s+/).filter(Boolean);
    if (program) return { kind: "command", argv: [program, ...args] };
    problems.push(`${name}Command: must be a program and its arguments`);
  }
  return file === undefined ? null : { kind: "file", path: file };
}

function tls(given: { mode: unknown; key: string | undefined; certificate: string | undefined; host: string }, problems: string[]): Config["tls"] {
  if ((given.key === undefined) !== (given.certificate === undefined)) problems.push("tlsKey and tlsCertificate belong together: give both");
  const own = given.key !== undefined && given.certificate !== undefined ? { keyFile: given.key, certificateFile: given.certificate } : null;
  // Beyond this machine nobody talks to the engine in the clear unless the operator says so.
  const mode = oneOf(given.mode ?? (own ? "own" : LOOPBACK.has(given.host) ? "off" : "self-signed"), "tls", ["off", "self-signed", "own"], problems);
  if (mode === "off") return { kind: "off" };
  if (mode === "self-signed") return { kind: "selfSigned" };
  if (!own) problems.push("tls: own needs tlsKey and tlsCertificate");
  return { kind: "own", ...(own ?? { keyFile: "", certificateFile: "" }) };
}

function rateLimits(value: unknown, problems: string[]): Config["rateLimits"] {
  if (value === undefined) return null;
  const given = typeof value === "string" ? parseOrUndefined(value) : value;
  const rate = (name: string): Rate => {
    const one = typeof given === "object" && given !== null ? (given as Record<string, unknown>)[name] : undefined;
    const { perSecond, burst } = typeof one === "object" && one !== null ? (one as Record<string, unknown>) : {};
    if (typeof perSecond === "number" && perSecond > 0 && typeof burst === "number" && burst >= 1) return { perSecond, burst };
    problems.push(`rateLimits: ${name} must be { perSecond, burst }`);
    return { perSecond: 1, burst: 1 };
  };
  return { token: rate("token"), address: rate("address"), refused: rate("refused") };
}

function parseOrUndefined(value: string): unknown {
  try {
    return parse(value);
  } catch {
    return undefined; // told as a problem of its members
  }
}
