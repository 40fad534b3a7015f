import type { Bytes } from "./bytes.ts";
import type { Channel } from "./channel.ts";
import type { Realm, State } from "./realm.ts";
import { createRetry } from "./retry.ts";
import type { installTemporal } from "./temporal.ts";

export interface ContextParts {
  realm: Realm;
  state: State;
  channel: Channel;
  bytes: Bytes;
  temporal: ReturnType<typeof installTemporal>;
  params: unknown;
  job: unknown;
}

/** What the prelude hands to `run`, as the SDK types it; every capability is there, and the broker refuses what the runbook didn't declare. */
export function createContext({ realm, state, channel, bytes, temporal, params, job }: ContextParts): object {
  const { freeze, create, keys, parse, apply } = realm;
  const { call, emit } = channel;

  const logAt = (level: string) => (message: unknown, details?: unknown) => {
    const shown = details instanceof realm.Error ? { name: details.name, message: details.message, stack: details.stack } : details;
    emit("log", shown === undefined ? { level, message: realm.String(message) } : { level, message: realm.String(message), details: shown });
  };
  const log = logAt("info") as unknown as Record<string, unknown>;
  log.debug = logAt("debug");
  log.verbose = logAt("verbose");
  log.info = logAt("info");
  log.warning = logAt("warning");
  log.error = logAt("error");

  const isBytes = (value: unknown): value is Uint8Array => value instanceof realm.Uint8Array;

  function requestOf(url: unknown, init: Record<string, unknown> = {}): unknown {
    const headers = create(null) as Record<string, string>;
    const given = (init.headers ?? {}) as Record<string, unknown>;
    const names = keys(given);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? "";
      headers[name] = realm.String(given[name]);
    }
    const { method, body, json, timeout, redirect, retry } = init;
    const request = { url: realm.String(url), method: method === undefined ? "GET" : realm.String(method), headers, timeout, redirect, retry } as Record<
      string,
      unknown
    >;
    if (json !== undefined) request.json = json;
    else if (isBytes(body)) request.base64 = bytes.toBase64(body);
    else if (body !== undefined && body !== null) request.text = realm.String(body);
    return request;
  }

  interface Answer {
    status: number;
    statusText: string;
    url: string;
    headers: Record<string, string>;
    text?: string;
    base64?: string;
  }

  async function fetch(url: unknown, init?: Record<string, unknown>): Promise<object> {
    const { status, statusText, url: finalUrl, headers, text, base64 } = (await call("http.fetch", requestOf(url, init))) as Answer;
    const asBytes = () => (base64 === undefined ? bytes.encodeUtf8(text ?? "") : bytes.fromBase64(base64));
    const asText = () => text ?? bytes.decodeUtf8(asBytes());
    return {
      status,
      statusText,
      url: finalUrl,
      headers,
      ok: status >= 200 && status <= 299,
      text: async () => asText(),
      json: async () => parse(asText()) as unknown,
      bytes: async () => asBytes(),
    };
  }

  interface MachineRecord {
    id: string;
    [key: string]: unknown;
  }
  function machineOf(record: MachineRecord): object {
    const machine = record.id;
    record.exec = (argv: unknown, options: unknown = {}) => call("machines.exec", { machine, argv, options });
    record.setTags = async (tags: unknown) => {
      await call("machines.setTags", { machine, tags });
    };
    record.assess = (options: unknown = {}) => call("machines.assess", { machine, options });
    record.install = (updates: unknown, options: unknown = {}) => call("machines.install", { machine, updates: chosen(updates), options });
    record.reboot = (options: unknown) => call("machines.reboot", { machine, options });
    record.updates = () => call("machines.updates", { machine });
    record.packages = () => call("machines.packages", { machine });
    return record;
  }
  /** Missing updates as they were listed will do: what is installed is their candidate. */
  function chosen(updates: unknown): unknown {
    if (!realm.isArray(updates)) return updates;
    const list: unknown[] = [];
    for (let i = 0; i < updates.length; i++) {
      const { name, architecture, version, candidateVersion } = (updates[i] ?? {}) as Record<string, unknown>;
      list[i] = { name, architecture, version: version ?? candidateVersion };
    }
    return list;
  }
  async function select(selector: unknown = "all"): Promise<object[]> {
    const records = (await call("machines.select", { selector })) as MachineRecord[];
    for (let i = 0; i < records.length; i++) machineOf(records[i] as MachineRecord);
    return records;
  }

  const timeOf = Date.prototype.getTime;
  function wakeTime(when: unknown): unknown {
    if (typeof when === "number" && !(when > -1 / 0 && when < 1 / 0)) throw new realm.TypeError(`sleep can't take ${when} milliseconds`);
    if (typeof when === "number" || typeof when === "string") return { duration: when, from: state.now };
    if (when instanceof Date) return { until: apply(timeOf, when, []) };
    const until = typeof when === "object" && when !== null ? temporal.timeOf(when) : undefined;
    if (until !== undefined) return { until };
    throw new realm.TypeError('sleep needs a duration such as "5m", or an instant');
  }

  /** Number of the last event that the runbook was given, by name and match: where the next such wait begins. What one match passes over another may want. */
  const given = create(null) as Record<string, number>;
  async function waitFor(name: unknown, options: { match?: unknown; timeout?: unknown } = {}): Promise<unknown> {
    if (typeof name !== "string") throw new realm.TypeError("waitFor needs the name of an event");
    const { match = {}, timeout } = options;
    const place = `${name} ${realm.stringify(match)}`;
    const event = (await call("events.wait", { name, after: given[place] ?? 0, match, timeout, from: state.now })) as { seq: number };
    if (event.seq > (given[place] ?? 0)) given[place] = event.seq;
    return freeze(event);
  }

  interface DeploymentRecord {
    id: string;
    waves: MachineRecord[][];
    hooks: object[];
    [key: string]: unknown;
  }
  function addTurn(deployment: string, record: MachineRecord): void {
    const machine = record.id;
    record.begin = () => call("deployments.begin", { deployment, machine });
    record.install = () => call("deployments.install", { deployment, machine });
    record.askReboot = () => call("deployments.askReboot", { deployment, machine });
    record.reboot = (fence: unknown) => call("deployments.reboot", { deployment, machine, fence });
    record.hook = (hook: unknown) => call("deployments.hook", { deployment, hook: indexOf(hook), machine });
    record.finish = (options: unknown = {}) => call("deployments.finish", { deployment, machine, options });
    freeze(record);
  }
  const indexOf = (hook: unknown): unknown => (hook as { index?: unknown } | undefined)?.index;
  async function getDeployment(id: unknown): Promise<object> {
    const record = (await call("deployments.get", { deployment: id })) as DeploymentRecord;
    const deployment = record.id;
    for (let i = 0; i < record.waves.length; i++) {
      const wave = record.waves[i] ?? [];
      for (let j = 0; j < wave.length; j++) addTurn(deployment, wave[j] as MachineRecord);
    }
    record.control = () => call("deployments.control", { deployment });
    record.resumed = () => call("deployments.resumed", { deployment });
    record.pause = (until: unknown) => call("deployments.pause", { deployment, until });
    record.hook = (hook: unknown) => call("deployments.hook", { deployment, hook: indexOf(hook) });
    record.notify = (kind: unknown) => call("deployments.notify", { deployment, kind });
    record.end = (options: unknown = {}) => call("deployments.end", { deployment, options });
    return freeze(record);
  }

  async function getRollback(id: unknown): Promise<object> {
    const record = (await call("deployments.rollbackView", { deployment: id })) as { id: string; machines: MachineRecord[] };
    const deployment = record.id;
    for (let i = 0; i < record.machines.length; i++) {
      const one = record.machines[i] as MachineRecord;
      const machine = one.id;
      one.plan = () => call("deployments.rollback", { deployment, machine, how: "plan" });
      one.rollback = () => call("deployments.rollback", { deployment, machine, how: "rollback" });
      freeze(one);
    }
    return freeze(record);
  }

  const start = (runbook: unknown, params: unknown = {}, options: unknown = {}) => call("jobs.start", { runbook, params, options }) as Promise<{ id: string }>;

  return freeze({
    params,
    job: freeze(job),
    log: freeze(log),
    output: (value: unknown) => emit("output", value),
    progress: (fraction: unknown, message?: unknown) => {
      if (typeof fraction !== "number" || Number.isNaN(fraction)) throw new realm.TypeError("progress needs a number from 0 to 1");
      const bounded = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
      emit("progress", message === undefined ? { fraction: bounded } : { fraction: bounded, message: realm.String(message) });
    },
    sleep: async (when: unknown) => {
      await call("sleep", wakeTime(when));
    },
    approval: (options: unknown) => call("approval", options),
    waitFor,
    retry: createRetry(realm, state, channel),
    http: freeze({ fetch }),
    variables: freeze({
      get: (name: unknown) => call("variables.get", { name }),
      set: async (name: unknown, value: unknown) => {
        await call("variables.set", { name, value });
      },
    }),
    secrets: freeze({ get: (name: unknown) => call("secrets.get", { name }) }),
    credentials: freeze({ get: (name: unknown) => call("credentials.get", { name }) }),
    certificates: freeze({ get: (name: unknown) => call("certificates.get", { name }) }),
    connections: freeze({ get: (name: unknown) => call("connections.get", { name }) }),
    machines: freeze({
      select,
      report: (selector: unknown = "all", options: unknown = {}) => call("machines.report", { selector, options }),
      get: async (name: unknown) => machineOf((await call("machines.get", { name })) as MachineRecord),
    }),
    engine: freeze({ backup: () => call("engine.backup", {}) }),
    deployments: freeze({ get: getDeployment, rollback: getRollback }),
    jobs: freeze({
      start,
      run: async (runbook: unknown, params?: unknown, options?: unknown) => {
        const { id } = await start(runbook, params, options);
        return call("jobs.wait", { id });
      },
    }),
  });
}
