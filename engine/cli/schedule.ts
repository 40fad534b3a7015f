import type { Command } from "commander";
import { MISFIRES, OVERLAPS } from "../core/trigger.ts";
import type { Preview, Resource } from "../protocol/http/resources.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { duration, jsonValues, oneOf, wholeNumber, wholeNumberWithin } from "./options.ts";
import { addOccurrences, addResourceCommands, addSwitches, make, nextAtOf, pathOf } from "./resource.ts";
import { relativeTime } from "./terminal.ts";

const SCHEDULE = { kind: "Schedule", noun: "schedules", word: "schedule" } as const;

interface CreateOptions {
  cron?: string;
  at?: string;
  timeZone?: string;
  runbook: string;
  version?: number;
  param?: Record<string, unknown>;
  startAt?: string;
  expiresAt?: string;
  jitter?: string;
  misfire?: string;
  grace?: string;
  overlap?: string;
  scope?: string;
  disabled?: boolean;
  replace?: boolean;
  json?: boolean;
}

export function addSchedule(program: Command, context: Context): void {
  const schedule = program.command("schedule").description("Start runbooks at set times: cron expressions and recurrences in a time zone");

  addResourceCommands(
    schedule,
    {
      ...SCHEDULE,
      columns: [
        { title: "when", value: ({ spec }) => (typeof spec.cron === "string" ? spec.cron : recurrenceOf(spec)) },
        { title: "zone", value: ({ spec }) => String(spec.timeZone) },
        { title: "next", value: (row) => nextOf(row, context.now()), style: ({ spec }) => (spec.enabled === false ? "gray" : undefined) },
        { title: "runs", value: runbooksOf },
      ],
    },
    context,
  );

  schedule
    .command("create <name>")
    .description("Make a schedule for one runbook; `runwright apply` takes all that a document can say")
    .option("--cron <expression>", 'cron expression, such as "30 2 * * MON-FRI"')
    .option("--at <time>", "once: a wall time of the zone such as 2026-03-29T02:30, or an instant")
    .option("--time-zone <zone>", "IANA name, or UTC; default: that of this computer, which is then written into the schedule")
    .requiredOption("--runbook <name>", "what it starts")
    .option("--version <number>", "this published version instead of the newest", wholeNumber(1))
    .option("-p, --param <key=value...>", "a parameter; the value is JSON if it can be read as JSON, else a text", jsonValues)
    .option("--start-at <time>", "first moment at which it may run")
    .option("--expires-at <time>", "first moment at which it no longer runs")
    .option("--jitter <duration>", "start each occurrence later by a part of this", duration)
    .option("--misfire <policy>", `what was missed while no engine was there: ${MISFIRES.join(", ")}`, oneOf(MISFIRES))
    .option("--grace <duration>", "what is late by more than this doesn't start", duration)
    .option("--overlap <policy>", `when the job before hasn't ended: ${OVERLAPS.join(", ")}`, oneOf(OVERLAPS))
    .option("--scope <scope>", "where it lies; it starts runbooks there and below")
    .option("--disabled", "make it, and start nothing until it is enabled")
    .option("--replace", "one of that name is replaced, with all that it says; else it stays, and this fails")
    .option("--json", "print JSON")
    .action((name: string, options: CreateOptions, command: Command) => {
      if ((options.cron === undefined) === (options.at === undefined)) command.error("error: say either --cron or --at");
      return create(name, options, context);
    });

  addSwitches(schedule, SCHEDULE, context);

  schedule
    .command("preview <name>")
    .description("List coming occurrences, with clock changes, freezes and clashes")
    .option("-n, --count <number>", "how many", wholeNumberWithin({ lowest: 1, highest: 500 }), 24)
    .option("--from <instant>", "from this moment on: an instant, or a wall time of its zone such as 2026-03-28T00:00")
    .option("--json", "print JSON")
    .action((name: string, { count, from, json }: { count: number; from?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const { enabled, items } = await client.request<Preview>("GET", `${pathOf("schedules", name)}/preview`, { query: { count, from } });
        if (!enabled) context.terminal.note(`${name} is disabled: none of these starts anything, until \`runwright schedule enable ${name}\``);
        await listed(context, items, {
          json: json === true,
          empty: "Nothing is to come: it has expired, or names nothing any more.",
          columns: [
            { title: "when", value: (row) => row.at.replace(/\[.*\]$/, ""), style: (row) => (row.frozen === null ? undefined : "cyan") },
            { title: "in", value: (row) => relativeTime(Date.parse(row.at.replace(/\[.*\]$/, "")), context.now()).replace(/^in /, ""), spare: 1 },
            { title: "zone", value: (row) => /\[(.*)\]$/.exec(row.at)?.[1] ?? "", spare: 2 },
            { title: "notes", value: notesOf, style: () => "yellow" },
          ],
        });
      }),
    );

  addOccurrences(schedule, { ...SCHEDULE, what: "occurrences" }, context);
}

async function create(name: string, options: CreateOptions, context: Context): Promise<void> {
  const { cron, at, runbook, version, param, startAt, expiresAt, jitter, misfire, grace, overlap, scope, disabled, replace = false, json } = options;
  const spec = {
    ...(disabled ? { enabled: false } : {}),
    ...(cron === undefined ? { recurrence: { frequency: "once", at } } : { cron }),
    timeZone: options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(startAt === undefined ? {} : { startAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(misfire === undefined && grace === undefined ? {} : { misfire: { ...(misfire && { policy: misfire }), ...(grace && { grace }) } }),
    ...(overlap === undefined ? {} : { overlap }),
    runs: [{ runbook, ...(version === undefined ? {} : { version }), ...(param ? { parameters: param } : {}) }],
  };
  await withClient(context, async (client) => {
    const stored = await make(client, "schedules", name, { spec, replace, ...(scope ? { scope } : {}) });
    if (json) return context.terminal.printJson(stored);
    const next = nextAtOf(stored) ?? (disabled ? "it is disabled" : "it never starts anything: all its times have passed");
    context.terminal.print(`${stored.revision === 1 ? "made" : "changed"} schedule ${name} in ${stored.scope}, zone ${spec.timeZone}; ${next}`);
  });
}

function nextOf({ spec, state }: Resource, now: number): string {
  if (spec.enabled === false) return "disabled";
  return typeof state.nextAt === "string" ? relativeTime(state.nextAt, now) : "never";
}

export const runbooksOf = ({ spec }: Resource): string => (Array.isArray(spec.runs) ? spec.runs.map((run) => String(run?.runbook)).join(", ") : "");

function recurrenceOf({ recurrence }: Resource["spec"]): string {
  const { frequency, at, times } = Object(recurrence) as { frequency?: string; at?: string; times?: readonly string[] };
  return [frequency, at, times?.join(" ")].filter(Boolean).join(" ");
}

const DST: Readonly<Record<Preview["items"][number]["dst"], (planned: string) => string>> = {
  none: () => "",
  shifted: (planned) => `clocks leave out ${planned.slice(11, 16)}: runs later`,
  leftOut: (planned) => `clocks leave out ${planned.slice(11, 16)}: doesn't run`,
  first: () => "this time comes twice: the first",
  second: () => "this time comes twice: the second",
};
const notesOf = ({ dst, planned, frozen, clashes }: Preview["items"][number]): string =>
  [DST[dst](planned), frozen ?? "", clashes.length > 0 ? `same runbook in the same minute: ${clashes.join(", ")}` : ""].filter(Boolean).join("; ");
