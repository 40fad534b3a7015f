import { formatDuration } from "../core/duration.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Job } from "../protocol/http/jobs.ts";
import type { Machine, Update } from "../protocol/http/machines.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { OWN_COMMAND } from "./own-name.ts";
import { clean, relativeTime, type Terminal, table } from "./terminal.ts";

const RUNBOOK = "missing-updates";
const MOST_SHOWN = 12;

/** What the sample runbook outputs for each machine. */
interface SummaryRow {
  machine: string;
  critical: number;
  security: number;
  other: number;
  held: number;
  rebootPending: boolean;
  /** Seconds. */
  listsAge: number | null;
}

/**
 * Runs the sample `missing-updates` on one machine and shows what it found as tables.
 * @throws RUNBOOK_NOT_FOUND when it isn't published; what the job failed with
 */
export async function showMissingUpdates(client: Client, machine: Machine, context: Context): Promise<void> {
  const { terminal, signal } = context;
  const job = await client.request<Job>("POST", `/api/v1/runbooks/${RUNBOOK}/jobs`, { body: { params: { selector: `name=${machine.name}` } }, signal });
  terminal.note(`Job ${job.id} runs ${RUNBOOK} in the sandbox:`);
  const print = entryPrinter(terminal);
  const done = await followJob(client, job.id, { signal, terminal, onEntry: (entry) => (entry.kind === "output" ? undefined : print(entry)) });
  terminal.endProgress();
  if (done.status !== "completed")
    throw new RunwrightError("INTERNAL", `job ${done.id} ${done.status}${done.error ? `: ${done.error.message}` : ""}; see: runwright job show ${done.id}`);
  const rows = (done.outputs ?? []).flatMap((output) => (isSummary(output) ? output.rows : []));
  terminal.print("");
  const columns = [
    { title: "machine", value: (row: SummaryRow) => row.machine },
    { title: "critical", value: (row: SummaryRow) => row.critical },
    { title: "security", value: (row: SummaryRow) => row.security },
    { title: "other", value: (row: SummaryRow) => row.other },
    { title: "held", value: (row: SummaryRow) => row.held },
    { title: "reboot", value: (row: SummaryRow) => (row.rebootPending ? "pending" : "no") },
    { title: "package lists", value: (row: SummaryRow) => (row.listsAge === null ? "never fetched" : `${formatDuration(row.listsAge * 1_000)} old`) },
  ];
  for (const line of table(terminal, rows, columns)) terminal.print(line);
  // Zero missing updates mean nothing where the machine couldn't be looked at.
  for (const problem of machine.assessment?.problems ?? []) terminal.print(terminal.colour("yellow", `${machine.name}: ${clean(problem)}`));
  await showUpdates(client, machine.name, terminal, context.now());
}

const isSummary = (output: unknown): output is { rows: SummaryRow[] } =>
  typeof output === "object" && output !== null && "rows" in output && Array.isArray(output.rows);

/** Security first. */
async function showUpdates(client: Client, machine: string, terminal: Terminal, now: number): Promise<void> {
  const { items, next } = await client.request<{ items: Update[]; next: string | null }>("GET", "/api/v1/updates", { query: { machine, limit: 500 } });
  if (items.length === 0) return;
  const isUrgent = ({ classification }: Update) => classification === "security" || classification === "critical";
  const shown = items.toSorted((a, b) => Number(isUrgent(b)) - Number(isUrgent(a))).slice(0, MOST_SHOWN);
  const columns = [
    { title: "update", value: (row: Update) => row.name },
    { title: "installed", value: (row: Update) => row.installedVersion ?? "" },
    { title: "candidate", value: (row: Update) => row.candidateVersion },
    { title: "classification", value: (row: Update) => row.classification, style: (row: Update) => (isUrgent(row) ? ("yellow" as const) : undefined) },
    { title: "first seen", value: (row: Update) => relativeTime(row.firstSeenAt, now) },
  ];
  terminal.print("");
  for (const line of table(terminal, shown, columns)) terminal.print(line);
  const more = items.length - shown.length;
  if (more > 0) terminal.print(`… and ${next ? "more than " : ""}${more} more: ${OWN_COMMAND} update list --machine ${machine}`);
}
