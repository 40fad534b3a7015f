import { parseDuration } from "./duration.ts";
import { grantProblem } from "./http-grant.ts";
import { NO_PARAMETERS, schemaProblems } from "./json-schema.ts";
import { DEFAULT_LIMITS, ENGINE_ACTIONS, type Limits, MACHINE_ACTIONS, MAX_LIMITS, type Manifest, OVERFLOWS, type Permissions } from "./manifest.ts";
import { MAX_RETRY_ATTEMPTS, NEVER_RETRIED, RETRY_FROM, type RetryPolicy } from "./retry.ts";
import { RUNBOOK_NAME } from "./runbook-name.ts";
import { parseSelector } from "./selector.ts";

/** One thing that is wrong with a runbook's definition. */
export interface DefinitionProblem {
  /** Where, such as `permissions.http[0]` or `limits.timeout`. */
  path: string;
  message: string;
}

export type DefinitionReading = { ok: true; manifest: Manifest } | { ok: false; problems: DefinitionProblem[] };

type Fields = Record<string, unknown>;
type Report = (path: string, message: string) => void;

export const MAX_SUMMARY_CHARS = 300;
/** Entries of one list of permissions: more than anyone would review. */
const MAX_GRANTS = 200;
/** Whoever wrote a thousand mistakes begins with the first ones. */
const MAX_PROBLEMS = 100;
const ASSET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Reads what a runbook passed to `runbook({...})`, as JSON: the manifest, or everything that is wrong with it.
 * Functions are gone by then; `concurrency.hasKey` says whether there was a key.
 */
export function readDefinition(definition: unknown): DefinitionReading {
  const problems: DefinitionProblem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  if (!isFields(definition))
    return { ok: false, problems: [{ path: "", message: "the default export isn't a runbook; write: export default runbook({ ... })" }] };
  onlyKnown(definition, "", ["summary", "parameters", "permissions", "limits", "concurrency", "retry", "sharedIsolate", "run"], report);

  const { summary, parameters = NO_PARAMETERS, sharedIsolate = false } = definition;
  if (typeof summary !== "string" || summary.trim() === "") report("summary", "must be a sentence that says what the runbook does");
  else if (summary.length > MAX_SUMMARY_CHARS) report("summary", `is longer than ${MAX_SUMMARY_CHARS} characters`);
  for (const problem of schemaProblems(parameters)) report(`parameters${problem.path}`, problem.message);
  if (typeof sharedIsolate !== "boolean") report("sharedIsolate", "must be true or false");
  const permissions = readPermissions(definition.permissions ?? {}, report);
  const limits = readLimits(definition.limits ?? {}, report);
  const retry = definition.retry === undefined ? undefined : readRetry(definition.retry, report);
  const concurrency = definition.concurrency === undefined ? undefined : readConcurrency(definition.concurrency, report);

  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
  return {
    ok: true,
    manifest: {
      summary: String(summary),
      parameters: parameters as Fields,
      permissions,
      limits,
      ...(concurrency && { concurrency }),
      ...(retry && { retry }),
      sharedIsolate: sharedIsolate === true,
    },
  };
}

function readPermissions(given: unknown, report: Report): Permissions {
  if (!isFields(given)) {
    report("permissions", "must be an object such as { http: [...], secrets: [...] }");
    return {};
  }
  onlyKnown(
    given,
    "permissions",
    ["machines", "http", "secrets", "credentials", "certificates", "connections", "variables", "setVariables", "jobs", "deployments", "engine"],
    report,
  );
  const permissions: Permissions = {};
  if (given.machines !== undefined) permissions.machines = readMachines(given.machines, report);
  if (given.deployments === true) permissions.deployments = true;
  else if (given.deployments !== undefined) report("permissions.deployments", "must be true, or left out");
  const http = readList(given, "http", report, (text, path) => {
    const wrong = grantProblem(text);
    if (wrong !== undefined) report(path, `"${text}" ${wrong}`);
  });
  const named = (key: string, rule: RegExp, what: string) =>
    readList(given, key, report, (text, path) => {
      if (!rule.test(text)) report(path, `"${text}" isn't the name of ${what}`);
    });
  const secrets = named("secrets", ASSET_NAME, "a secret");
  const credentials = named("credentials", ASSET_NAME, "a credential");
  const certificates = named("certificates", ASSET_NAME, "a certificate");
  const connections = named("connections", ASSET_NAME, "a connection");
  const variables = named("variables", ASSET_NAME, "a variable");
  const setVariables = named("setVariables", ASSET_NAME, "a variable");
  const jobs = named("jobs", RUNBOOK_NAME, 'a runbook: lower-case letters, digits and "-", at most 63');
  const engine = readList(given, "engine", report, (text, path) => {
    if (!ENGINE_ACTIONS.some((known) => known === text))
      report(path, `"${text}" isn't something that the engine does for runbooks; known are ${ENGINE_ACTIONS.join(", ")}`);
  });
  const listed = { engine, http, secrets, credentials, certificates, connections, variables, setVariables, jobs };
  return { ...permissions, ...Object.fromEntries(Object.entries(listed).filter(([, list]) => list !== undefined)) };
}

function readMachines(given: unknown, report: Report): NonNullable<Permissions["machines"]> {
  const nothing = { select: "all", actions: [] };
  if (!isFields(given)) {
    report("permissions.machines", 'must be an object such as { select: "os=linux", actions: ["exec"] }');
    return nothing;
  }
  onlyKnown(given, "permissions.machines", ["select", "actions"], report);
  const { select, actions } = given;
  if (typeof select !== "string") report("permissions.machines.select", 'must be a selector such as "os=linux tag:role=web", or "all"');
  else attempt(() => parseSelector(select), "permissions.machines.select", report);
  const known: readonly string[] = MACHINE_ACTIONS;
  if (!Array.isArray(actions)) report("permissions.machines.actions", `must be a list of ${MACHINE_ACTIONS.join(", ")}`);
  for (const [i, action] of (Array.isArray(actions) ? actions : []).entries()) {
    if (!known.includes(String(action)))
      report(`permissions.machines.actions[${i}]`, `"${String(action)}" isn't an action; known are ${MACHINE_ACTIONS.join(", ")}`);
  }
  return { select: String(select), actions: MACHINE_ACTIONS.filter((action) => Array.isArray(actions) && actions.includes(action)) };
}

function readList(given: Fields, key: string, report: Report, check: (text: string, path: string) => void): string[] | undefined {
  const list = given[key];
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) report(`permissions.${key}`, "must be a list of texts");
  else if (list.length > MAX_GRANTS) report(`permissions.${key}`, `has ${list.length} entries; at most ${MAX_GRANTS} are allowed`);
  for (const [i, text] of (Array.isArray(list) ? list : []).entries()) {
    if (typeof text === "string") check(text, `permissions.${key}[${i}]`);
    else report(`permissions.${key}[${i}]`, "must be a text");
  }
  // Order and repetition mean nothing: the same permissions look the same in every version.
  return Array.isArray(list) ? [...new Set(list.map(String))].sort() : [];
}

/** Fields of the definition → fields of the manifest, with the least that makes sense. */
const LIMITS = [
  { given: "timeout", limit: "timeoutMs", least: 100, duration: true },
  { given: "cpu", limit: "cpuMs", least: 10, duration: true },
  { given: "memoryMb", limit: "memoryMb", least: 16, duration: false },
  { given: "outputBytes", limit: "outputBytes", least: 1_024, duration: false },
  { given: "logRate", limit: "logRate", least: 1, duration: false },
  { given: "hostCalls", limit: "hostCalls", least: 1, duration: false },
] as const;

function readLimits(given: unknown, report: Report): Limits {
  const limits = { ...DEFAULT_LIMITS };
  if (!isFields(given)) {
    report("limits", 'must be an object such as { timeout: "15m", memoryMb: 64 }');
    return limits;
  }
  onlyKnown(
    given,
    "limits",
    LIMITS.map((row) => row.given),
    report,
  );
  for (const row of LIMITS) {
    const path = `limits.${row.given}`;
    const value = given[row.given];
    if (value === undefined) continue;
    if (typeof value !== "number" && !(row.duration && typeof value === "string")) {
      report(path, row.duration ? "must be a duration such as 30s or 15m" : "must be a whole number");
      continue;
    }
    const amount = row.duration ? attempt(() => parseDuration(value), path, report) : value;
    if (amount === undefined) continue;
    if (!Number.isInteger(amount)) report(path, "must be a whole number");
    else if (Number(amount) < row.least || Number(amount) > MAX_LIMITS[row.limit])
      report(path, `must be from ${row.least} to ${MAX_LIMITS[row.limit]}${row.duration ? " ms" : ""}`);
    else limits[row.limit] = Number(amount);
  }
  return limits;
}

function readConcurrency(given: unknown, report: Report): Manifest["concurrency"] {
  if (!isFields(given)) {
    report("concurrency", 'must be an object such as { limit: 1, overflow: "queue" }');
    return undefined;
  }
  onlyKnown(given, "concurrency", ["key", "hasKey", "limit", "overflow"], report);
  const { limit, overflow: wanted = "queue", hasKey = false } = given;
  const overflow = OVERFLOWS.find((known) => known === wanted);
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > 10_000) report("concurrency.limit", "must be a whole number from 1 to 10000");
  if (overflow === undefined) report("concurrency.overflow", `must be one of ${OVERFLOWS.join(", ")}`);
  return { limit: Number(limit), overflow: overflow ?? "queue", hasKey: hasKey === true };
}

function readRetry(given: unknown, report: Report): RetryPolicy | undefined {
  if (!isFields(given)) {
    report("retry", 'must be an object such as { attempts: 3, on: ["HTTP_FAILED"] }');
    return undefined;
  }
  onlyKnown(given, "retry", ["attempts", "backoff", "on", "from"], report);
  const { attempts = 3, backoff = {}, on = ["error"], from: wanted = "lastCall" } = given;
  const from = RETRY_FROM.find((known) => known === wanted);
  if (!Number.isInteger(attempts) || Number(attempts) < 1 || Number(attempts) > MAX_RETRY_ATTEMPTS)
    report("retry.attempts", `must be a whole number from 1 to ${MAX_RETRY_ATTEMPTS}`);
  if (from === undefined) report("retry.from", `must be one of ${RETRY_FROM.join(", ")}`);
  const words = Array.isArray(on) && on.length > 0 && on.length <= MAX_GRANTS ? on : undefined;
  if (words === undefined || !words.every((word) => typeof word === "string" && word !== "" && word.length <= 100))
    report("retry.on", "must be a list of failure codes, error codes or names of errors");
  for (const word of words ?? []) {
    if (NEVER_RETRIED.some((code) => code === word)) report("retry.on", `"${word}" is never tried again: the same would follow`);
  }
  if (!isFields(backoff)) {
    report("retry.backoff", 'must be an object such as { initial: "1s", factor: 2, max: "5m" }');
    return undefined;
  }
  onlyKnown(backoff, "retry.backoff", ["initial", "factor", "max"], report);
  const { initial = "1s", factor = 2, max = "5m" } = backoff;
  const length = (value: unknown, path: string): number => {
    if (typeof value !== "string" && typeof value !== "number") report(path, "must be a duration such as 30s");
    else return attempt(() => parseDuration(value), path, report) ?? 0;
    return 0;
  };
  if (typeof factor !== "number" || !(factor >= 1 && factor <= 10)) report("retry.backoff.factor", "must be from 1 to 10");
  return {
    attempts: Number(attempts),
    initialMs: length(initial, "retry.backoff.initial"),
    factor: Number(factor),
    maxMs: length(max, "retry.backoff.max"),
    on: [...new Set((words ?? []).map(String))].sort(),
    from: from ?? "lastCall",
  };
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function onlyKnown(fields: Fields, at: string, known: readonly string[], report: Report): void {
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) report(at === "" ? key : `${at}.${key}`, `isn't known here; known are ${known.filter((name) => name !== "hasKey").join(", ")}`);
  }
}

function attempt<Value>(parse: () => Value, path: string, report: Report): Value | undefined {
  try {
    return parse();
  } catch (error) {
    report(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
