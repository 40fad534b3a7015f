import { Document, isCollection, visit } from "yaml";
import { formatDuration } from "../../core/duration.ts";
import type { FailureCode, JobError } from "../../core/job.ts";
import { canonicalJson } from "../../core/json.ts";
import type { JournalEntry } from "./record.ts";

/** What is written down of a job. */
export interface WrittenJob {
  runbook: string;
  params: unknown;
  status: string;
  failureCode: FailureCode | null;
  error: JobError | null;
  startedAt: number;
  journal: readonly JournalEntry[];
}

/**
 * A job as YAML that is the same whenever it does the same: keys are sorted, times count from its start, machines have their names, and stacks, which change with every
 * line of the source, are left out.
 */
export function journalText({ runbook, params, status, failureCode, error, startedAt, journal }: WrittenJob): string {
  const names = namesOf(journal);
  const since = (at: number) => (at === startedAt ? "start" : `+${formatDuration(at - startedAt)}`);
  const plain = (value: unknown) => sorted(named(value, names));
  const written = (entry: JournalEntry): object => {
    switch (entry.kind) {
      case "output":
        return { output: plain(entry.value) };
      case "progress":
        return { progress: entry.message === undefined ? entry.fraction : `${entry.fraction} ${entry.message}` };
      case "log":
        return { [entry.level]: entry.message, ...(entry.details !== undefined && { details: plain(entry.details) }) };
      case "call": {
        const { op, args, at, endedAt, outcome } = entry;
        const took = endedAt !== undefined && endedAt > at ? { until: since(endedAt) } : {};
        const came = outcome === undefined ? { outcome: "none" } : outcome.ok ? result(op, outcome.value, plain) : { error: plain(outcome.error) };
        return { call: op, at: since(at), ...took, ...argumentsOf(op, plain(args) as Members, since), ...came };
      }
    }
  };
  const why = error === null ? {} : { failed: { code: failureCode, error: error.message, ...(error.code && { errorCode: error.code }) } };
  const head = `# What ${runbook} does in a test. Written by: runwright runbook test --update\n`;
  const document = new Document({ runbook, params: plain(params), status, ...why, journal: journal.map(written) });
  visit(document, {
    // What is short is one line: a journal is read from top to bottom.
    Collection(_, node) {
      const json = JSON.stringify(node);
      if (node !== document.contents && json.length <= MOST_ON_ONE_LINE && !json.includes("\\n")) node.flow = true;
      return isCollection(node) && node.flow ? visit.SKIP : undefined;
    },
  });
  return head + document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

type Members = { [key: string]: unknown };
const MOST_ON_ONE_LINE = 100;
/** Of waits: what they count from is when the call was made. */
const WAITS = ["sleep", "events.wait", "deployments.pause"];

function argumentsOf(op: string, { from, until, ...args }: Members, since: (at: number) => string): object {
  const times = WAITS.includes(op)
    ? { ...(typeof until === "number" && { until: since(until) }) }
    : { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
  const given = Object.entries({ ...args, ...times }).filter(([, value]) => !isEmpty(value));
  return given.length === 0 ? {} : { args: Object.fromEntries(given) };
}

const isEmpty = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** Machines are told by name: what else is known of them is what the test has said. */
function result(op: string, value: unknown, plain: (value: unknown) => unknown): object {
  if (value === null || value === undefined) return {};
  if (op === "machines.select") return { result: (value as { name: string }[]).map(({ name }) => name) };
  if (op === "machines.exec") {
    const { exitCode, ...said } = value as Members;
    return { result: { exitCode, ...Object.fromEntries(Object.entries(said).filter(([, text]) => text !== "" && text !== false)) } };
  }
  if (op === "machines.get") return { result: (value as { name: string }).name };
  return { result: plain(value) };
}

function namesOf(journal: readonly JournalEntry[]): ReadonlyMap<string, string> {
  const found = journal.flatMap((entry) => {
    if (entry.kind !== "call" || entry.outcome?.ok !== true) return [];
    if (entry.op === "machines.select") return entry.outcome.value as { id: string; name: string }[];
    return entry.op === "machines.get" ? [entry.outcome.value as { id: string; name: string }] : [];
  });
  return new Map(found.map(({ id, name }) => [id, name]));
}

function named(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => named(one, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, named(member, names)]));
}

const sorted = (value: unknown): unknown => JSON.parse(canonicalJson(value));
