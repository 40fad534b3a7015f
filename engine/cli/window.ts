import type { Command } from "commander";
import type { Deployment, WindowException, WindowExceptions, WindowPreview } from "../protocol/http/deployments.ts";
import type { Resource } from "../protocol/http/resources.ts";
import { type Context, withClient } from "./command.ts";
import { DEPLOYMENT_STYLES } from "./deployment-styles.ts";
import { listed } from "./list.ts";
import { duration, wholeNumberWithin } from "./options.ts";
import { addResourceCommands, addSwitches, pathOf } from "./resource.ts";
import { clean, relativeTime } from "./terminal.ts";

const WINDOW = { kind: "MaintenanceWindow", noun: "windows", word: "window" } as const;
type Item = WindowPreview["items"][number];

export function addWindow(program: Command, context: Context): void {
  const { terminal } = context;
  const window = program.command("window").description("Maintenance windows: when changes may start, on which machines, and how they are rolled out");

  addResourceCommands(
    window,
    {
      ...WINDOW,
      columns: [
        { title: "when", value: ({ spec }) => (typeof spec.cron === "string" ? spec.cron : String(Object(spec.recurrence).frequency)) },
        { title: "zone", value: ({ spec }) => String(spec.timeZone) },
        { title: "open for", value: ({ spec }) => String(spec.duration) },
        { title: "next", value: (row) => nextOf(row, context.now()), style: ({ spec }) => (spec.enabled === false ? "gray" : undefined) },
        { title: "machines", value: ({ spec }) => (typeof spec.selector === "string" ? spec.selector : "all") },
      ],
    },
    context,
  );
  addSwitches(window, WINDOW, context);

  window
    .command("preview <name>")
    .description("List coming occurrences, with clock changes, freezes, exceptions and clashes")
    .option("-n, --count <number>", "how many", wholeNumberWithin({ lowest: 1, highest: 100 }), 10)
    .option("--json", "print JSON")
    .action((name: string, { count, json }: { count: number; json?: boolean }) =>
      withClient(context, async (client) => {
        const preview = await client.request<WindowPreview>("GET", `${pathOf("windows", name)}/preview`, { query: { count } });
        if (json) return terminal.printJson(preview);
        if (!preview.enabled) terminal.note(`${name} is disabled: nothing is planned or started, until \`runwright window enable ${name}\``);
        const left = preview.withoutZone > 0 ? `; ${preview.withoutZone} haven't told their time zone and are left out` : "";
        terminal.note(`${preview.machines} ${preview.machines === 1 ? "machine" : "machines"} now${left}`);
        await listed(context, rowsOf(preview), {
          json: false,
          empty: "Nothing is to come: it has expired, or names nothing any more.",
          columns: [
            { title: "opens", value: (row) => bare(row.opensAt), style: ({ item }) => styleOf(item) },
            { title: "closes", value: (row) => bare(row.closesAt) },
            { title: "in", value: (row) => (row.item.isOpen ? "open now" : relativeTime(instantOf(row.opensAt), context.now()).replace(/^in /, "")), spare: 1 },
            { title: "zone", value: (row) => row.zone },
            { title: "machines", value: (row) => row.machines, spare: 2 },
            { title: "notes", value: (row) => row.notes, style: () => "yellow" },
          ],
        });
      }),
    );

  window
    .command("run <name>")
    .description("Open it now: plan, and roll out as soon as the plan is approved")
    .requiredOption("--reason <text>", "why; it is written into the activity log")
    .option("--duration <duration>", "how long it is open, from 30m to 24h; default: as long as the window", duration)
    .option("--json", "print JSON")
    .action((name: string, { reason, duration: length, json }: { reason: string; duration?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const made = await client.request<Deployment>("POST", `${pathOf("windows", name)}/run`, {
          body: { reason, ...(length === undefined ? {} : { duration: length }) },
        });
        if (json) return terminal.printJson(made);
        terminal.print(
          `opened ${name} until ${made.closesAt}: deployment ${made.id} is ${terminal.colour(DEPLOYMENT_STYLES[made.status], made.status)}, ${clean(made.reason)}`,
        );
        terminal.note(`see its plan with: runwright deployment show ${made.id}`);
      }),
    );

  window
    .command("skip <name>")
    .description("Leave out the occurrence that comes next, or another one")
    .requiredOption("--reason <text>", "why; whoever looks at the window reads it")
    .option("--occurrence <name>", "as `runwright window preview NAME --json` names it")
    .option("--json", "print JSON")
    .action((name: string, { reason, occurrence, json }: { reason: string; occurrence?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const body = { reason, ...(occurrence === undefined ? {} : { occurrence }) };
        const exception = await client.request<WindowException>("POST", `${pathOf("windows", name)}/skip`, { body });
        if (json) return terminal.printJson(exception);
        terminal.print(lineOf(exception, name));
        terminal.note(`take it back with: runwright window unskip ${name}`);
      }),
    );

  window
    .command("unskip <name>")
    .description("Take back that an occurrence was left out: the next one that was, or another one; it is planned anew")
    .requiredOption("--reason <text>", "why; it is written into the activity log")
    .option("--occurrence <name>", "as `runwright window preview NAME --json` names it")
    .option("--json", "print JSON")
    .action((name: string, { reason, occurrence, json }: { reason: string; occurrence?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const body = { reason, ...(occurrence === undefined ? {} : { occurrence }) };
        const exception = await client.request<WindowException>("POST", `${pathOf("windows", name)}/unskip`, { body });
        if (json) return terminal.printJson(exception);
        terminal.print(`${exception.occurrence} of ${name} takes place after all`);
      }),
    );

  window
    .command("cancel <name>")
    .description("Close all that is open of it: nothing new begins, what runs on machines is let finish")
    .requiredOption("--reason <text>", "why; whoever looks at the window reads it")
    .option("--json", "print JSON")
    .action((name: string, { reason, json }: { reason: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const { items } = await client.request<WindowExceptions>("POST", `${pathOf("windows", name)}/cancel`, { body: { reason } });
        if (json) return terminal.printJson({ items });
        for (const exception of items) terminal.print(lineOf(exception, name));
      }),
    );
}

const lineOf = ({ kind, occurrence }: WindowException, name: string): string => `${kind} ${occurrence} of ${name}`;

function nextOf({ spec, state }: Resource, now: number): string {
  if (spec.enabled === false) return "disabled";
  return typeof state.nextAt === "string" ? relativeTime(state.nextAt, now) : "never";
}

/** One line for each occurrence; for one that follows the sun, one for each zone. */
function rowsOf({ items, machines }: WindowPreview) {
  return items.flatMap((item) => {
    const zones = item.zones.length > 0 ? item.zones : [{ timeZone: "", opensAt: item.opensAt, closesAt: item.closesAt, dst: "none" as const, machines }];
    return zones.map((zone, i) => ({
      item,
      opensAt: zone.opensAt,
      closesAt: zone.closesAt,
      zone: zone.timeZone,
      machines: zone.machines,
      notes: notesOf(item, zone.dst, i),
    }));
  });
}

const DST = {
  none: "",
  shifted: "clocks leave its time out: opens later",
  first: "this time comes twice: the first",
  second: "this time comes twice: the second",
};
/** What holds for all zones stands at the first one. */
function notesOf({ frozen, exception, clashes, without }: Item, dst: keyof typeof DST, line: number): string {
  const notes = [DST[dst]];
  if (line === 0) {
    if (exception) notes.push(`${exception.kind} by ${exception.by}${exception.reason === "" ? "" : `: ${exception.reason}`}`);
    if (frozen !== null) notes.push(frozen);
    for (const { window, machines } of clashes) notes.push(`overlaps ${window} on ${machines} ${machines === 1 ? "machine" : "machines"}`);
    if (without.length > 0) notes.push(`clocks leave it out in ${without.join(", ")}`);
  }
  return notes.filter(Boolean).join("; ");
}
const styleOf = ({ frozen, exception, isOpen }: Item) => (exception ? "gray" : frozen === null ? (isOpen ? "green" : undefined) : "cyan");
const bare = (at: string): string => at.replace(/\[.*\]$/, "");
const instantOf = (at: string): number => Date.parse(bare(at));
