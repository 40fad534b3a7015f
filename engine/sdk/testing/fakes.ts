import { randomUUID } from "node:crypto";
import type { ApprovalRequest } from "../../core/approval.ts";
import { type AssetKind, PERMISSION_OF, secretTexts, siftSecrets } from "../../core/asset.ts";
import { RunwrightError } from "../../core/errors.ts";
import { canonicalJson, type Json } from "../../core/json.ts";
import type { JsonSchema } from "../../core/manifest.ts";
import type { ApprovalsPort, AssetsPort, ChildJobResult, ChildJobsPort, EventsPort } from "../../sandbox/ports.ts";

/** How a child job ends. */
export type FakeJob = Partial<Pick<ChildJobResult, "status" | "failureCode" | "error" | "outputs">>;

/** A certificate in a test; what is left out is empty. */
export interface FakeCertificate {
  certificate?: string;
  key?: string;
  subject?: string;
  /** Unix milliseconds. */
  notAfter?: number;
}

/** Assets that exist in one test, by name. */
export interface FakeAssets {
  variables?: Readonly<Record<string, Json>>;
  /** Names of variables that are encrypted. */
  encrypted?: readonly string[];
  secrets?: Readonly<Record<string, string>>;
  credentials?: Readonly<Record<string, { user: string; password: string }>>;
  certificates?: Readonly<Record<string, FakeCertificate>>;
  /** With the schema that says what is secret in it, or without one: nothing is. */
  connections?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** JSON Schemas of connections, by name: their members that say `writeOnly: true` are secret. */
  connectionSchemas?: Readonly<Record<string, JsonSchema>>;
}

export function fakeAssets({ encrypted = [], connectionSchemas = {}, ...given }: FakeAssets): AssetsPort {
  const set = new Map<string, Json>();
  function find(kind: AssetKind, name: string): Json {
    const permission = PERMISSION_OF[kind];
    const known: Readonly<Record<string, unknown>> = given[permission] ?? {};
    const value = kind === "variable" && set.has(name) ? set.get(name) : Object.hasOwn(known, name) ? (known[name] as Json) : undefined;
    if (value === undefined) throw new RunwrightError("ASSET_NOT_FOUND", `this test has no ${kind} "${name}"; give it in ${permission}`);
    return kind === "certificate" ? { certificate: "", key: null, subject: "", notAfter: 0, ...(value as FakeCertificate) } : value;
  }
  const secretsOf: Record<AssetKind, (value: Json, name: string) => string[] | null> = {
    variable: (value, name) => (encrypted.includes(name) ? secretTexts(value) : null),
    secret: secretTexts,
    credential: (value) => [(value as { password: string }).password],
    certificate: (value) => secretTexts((value as { key: Json }).key),
    connection: (value, name) => siftSecrets(Object.hasOwn(connectionSchemas, name) ? (connectionSchemas[name] ?? {}) : {}, value).secrets,
  };
  return {
    async read(kind, name) {
      const value = find(kind, name);
      return { value, version: 1, secrets: secretsOf[kind](value, name) };
    },
    async writeVariable(_call, name, value) {
      set.set(name, value);
    },
  };
}

export type FakeJobs = Readonly<Record<string, FakeJob | ((params: Record<string, unknown>) => FakeJob | Promise<FakeJob>)>>;

export function fakeJobs(jobs: FakeJobs): ChildJobsPort {
  const started = new Map<string, Promise<ChildJobResult>>();
  return {
    async start({ runbook, version, params }) {
      const job = Object.hasOwn(jobs, runbook) ? jobs[runbook] : undefined;
      if (job === undefined) throw new RunwrightError("RUNBOOK_NOT_FOUND", `this test has no runbook "${runbook}"; give it in jobs`);
      const id = `job_${randomUUID()}`;
      const end = await (typeof job === "function" ? job(params as Record<string, unknown>) : job);
      started.set(id, Promise.resolve({ id, runbook, version: version ?? 1, status: "completed", failureCode: null, error: null, outputs: [], ...end }));
      return { id };
    },
    async wait(id) {
      const end = started.get(id);
      if (end === undefined) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${id} in this test`);
      return end;
    },
  };
}

/** How people answer what a runbook asks them. */
export interface FakeApproval {
  /** Default `approve`; `none`: nobody answers in time. */
  decision?: "approve" | "reject" | "none";
  /** Default "tester". */
  by?: string;
  reason?: string;
  answers?: Record<string, unknown>;
}

/** What the runbook asked. */
export type AskedApproval = ApprovalRequest;

export type FakeApprovals = FakeApproval | ((asked: AskedApproval) => FakeApproval | Promise<FakeApproval>);

interface FakeTime {
  now(): number;
  advanceTo(at: number): void;
}

export function fakeApprovals(approvals: FakeApprovals, time: FakeTime): ApprovalsPort {
  const asked = new Map<string, ApprovalRequest>();
  return {
    async request({ call }, request) {
      const id = `apr_${call}`;
      asked.set(id, request);
      return { id, until: time.now() + request.timeoutMs };
    },
    async outcome(id) {
      const request = asked.get(id);
      if (request === undefined) throw new RunwrightError("NOT_FOUND", `there is no approval ${id} in this test`);
      const answer = typeof approvals === "function" ? await approvals(request) : approvals;
      const { decision = "approve", by = "tester", reason = "", answers = {} } = answer;
      if (decision === "reject") throw new RunwrightError("APPROVAL_REJECTED", `${by} has refused: ${reason}`);
      if (decision === "approve") return { timedOut: false, decisions: [{ by, reason, at: time.now(), answers }], answers };
      time.advanceTo(time.now() + request.timeoutMs);
      if (request.onTimeout === "approve") return { timedOut: true, decisions: [], answers: {} };
      throw new RunwrightError("WAIT_TIMED_OUT", `nobody has decided "${request.message}"`);
    },
  };
}

/** Payloads by the name of the event, in the order in which they are published. */
export type FakeEvents = Readonly<Record<string, readonly Json[]>>;

export function fakeEvents(events: FakeEvents, time: FakeTime): EventsPort {
  return {
    async find({ name, after, match, taken }) {
      const payloads = Object.hasOwn(events, name) ? (events[name] ?? []) : [];
      const wanted = Object.entries(match);
      const seq = payloads.findIndex((payload, i) => {
        const members = Object(payload) as Record<string, unknown>;
        return i >= after && !taken.has(i + 1) && wanted.every(([key, value]) => canonicalJson(members[key] ?? null) === canonicalJson(value));
      });
      const payload = payloads[seq];
      if (payload === undefined) return { event: undefined, last: payloads.length };
      return { event: { name, seq: seq + 1, payload, publishedBy: "tester", at: time.now() }, last: seq + 1 };
    },
    async next(name, until) {
      if (until === null) throw new RunwrightError("WAIT_TIMED_OUT", `this test has no more events "${name}"; give them in events`);
      time.advanceTo(until);
      throw new RunwrightError("WAIT_TIMED_OUT", `no event "${name}" came in time`);
    },
  };
}
