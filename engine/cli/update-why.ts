import type { Command } from "commander";
import type { UpdateWhy, Why } from "../protocol/http/update-policies.ts";
import { type Context, withClient } from "./command.ts";
import { showFields } from "./list.ts";
import { COMPLIANCE_STYLES, VERDICT_STYLES } from "./policy-styles.ts";
import { clean, type Terminal } from "./terminal.ts";

const MOST_MASKS = 5;

/** @param update the command `update` */
export function addUpdateWhy(update: Command, context: Context): void {
  const { terminal } = context;
  update
    .command("why <machine> [update]")
    .description(
      "Explain a machine's policy and compliance, and why an update is approved, deferred or left out; UPDATE is a name, advisory or CVE, and may hold *",
    )
    .option("--json", "print JSON")
    .action((machine: string, wanted: string | undefined, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const why = await client.request<Why>("GET", `/api/v1/machines/${encodeURIComponent(machine)}/updates/why`, { query: { update: wanted } });
        if (json) return terminal.printJson(why);
        showMachine(why, terminal);
        if (wanted === undefined) return showPolicy(why, terminal);
        for (const one of why.updates) showUpdate(one, terminal);
        if (why.more > 0) terminal.print(`\n… and ${why.more} more that fit "${clean(wanted)}"`);
        if (why.updates.length === 0) for (const line of absentText(why, wanted)) terminal.print(clean(line));
      }),
    );
}

function showMachine({ machine, scope, compliance, reasons }: Why, terminal: Terminal): void {
  terminal.print(`${terminal.colour("bold", clean(machine))} (${scope}) is ${terminal.colour(COMPLIANCE_STYLES[compliance], compliance)}`);
  for (const reason of reasons) terminal.print(`  ${clean(reason)}`);
}

/** Each field with where it comes from. */
function showPolicy({ policy, scope }: Why, terminal: Terminal): void {
  const { fields, exclude, exemptions, policies } = policy;
  terminal.print("");
  terminal.print(terminal.colour("bold", "Its policy"));
  showFields(terminal, [
    ...Object.entries(fields).map(([name, field]) => [name, fieldText(field)] as const),
    ["exclude", listText(exclude, ({ mask, ...place }) => `${mask}  [${placeText(place)}]`) || "[]  [default]"],
    ["exemptions", listText(exemptions, exemptionText)],
  ]);
  terminal.print("");
  if (policies.length === 0) terminal.print(`No policy lies in ${scope} or above it: everything is approved at once.`);
  for (const { selector, priority, holds, ...place } of policies) {
    const whom = selector === null ? "all machines" : `selector ${selector}`;
    terminal.print(
      clean(`${holds ? "✓" : "-"} ${placeText(place)}, ${whom}${priority === 0 ? "" : `, priority ${priority}`}${holds ? "" : ": not for this machine"}`),
    );
  }
}

type Policy = Why["policy"];
const placeText = ({ policy, scope }: { policy: string; scope: string }): string => `policy ${policy} (${scope})`;

function fieldText({ value, origin, unheard, more }: Policy["fields"][string]): string {
  const from = origin ? placeText(origin) : "default";
  const also = unheard.length > 0 ? `; not heard: ${unheard.map(placeText).join(", ")}` : "";
  return `${valueText(value, more)}  [${from}${also}]`;
}

function exemptionText({ updates, machines, owner, reason, expiresAt, isOver, ...place }: Policy["exemptions"]["items"][number]): string {
  const what = `${updates.slice(0, MOST_MASKS).join(", ")}${updates.length > MOST_MASKS ? ` … and ${updates.length - MOST_MASKS} more` : ""}`;
  return `${what}${machines === undefined ? "" : ` on ${machines}`} ${isOver ? "ended at" : "until"} ${expiresAt}, ${owner} answers for it: ${reason}  [${placeText(place)}]`;
}

/** The first ones, a line each. */
function listText<Item>({ items, more }: { items: readonly Item[]; more: number }, textOf: (item: Item) => string): string {
  const shown = items.slice(0, MOST_MASKS).map(textOf);
  const left = items.length + more - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more`] : [])].join("\n");
}

function valueText(value: unknown, more: number): string {
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  const shown = value.slice(0, MOST_MASKS);
  const left = value.length + more - shown.length;
  return value.length === 0 ? "[]" : `${shown.join(", ")}${left > 0 ? ` … and ${left} more` : ""}`;
}

function showUpdate(one: UpdateWhy, terminal: Terminal): void {
  const { name, title, architecture, installedVersion, candidateVersion, verdict, dueAt, overdue, sentences, firstSeen, changes } = one;
  terminal.print("");
  const version = installedVersion === null ? candidateVersion : `${installedVersion} → ${candidateVersion}`;
  terminal.print(`${terminal.colour("bold", clean(name))} ${clean(version)} (${clean(architecture)}): ${terminal.colour(VERDICT_STYLES[verdict], verdict)}`);
  for (const sentence of sentences) terminal.print(`  ${clean(sentence)}`);
  showFields(terminal, [
    ["  title", title ?? ""],
    ["  class", `${one.classification}, severity ${one.severity}`],
    ["  mends", [...one.cves, ...one.advisories].join(", ")],
    [
      "  first seen",
      [`on this machine ${minute(one.firstSeenAt)}`, ...firstSeen.map(({ scope, at }) => `in ${scope} ${at === null ? "not yet" : minute(at)}`)].join("; "),
    ],
    ["  due", dueAt === null ? "" : `${minute(dueAt)}${overdue ? " (overdue)" : ""}`],
    ["  would change", changes.map(({ at, text }) => (at === null ? text : `${minute(at)}: ${text}`)).join("\n")],
  ]);
}

function absentText({ machine, installed }: Why, wanted: string): string[] {
  const missing = `\nNothing that fits "${wanted}" is missing on ${machine}.`;
  if (installed.length === 0) return [missing, "No package of that name is installed there either."];
  return [
    missing,
    ...installed.map(
      ({ name, version, architecture, held }) => `Installed is ${name} ${version} (${architecture})${held ? ", held" : ""}; nothing newer is known.`,
    ),
  ];
}

const minute = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;
