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
  showFields(
    terminal,
    Object.entries(fields).map(([name, { value, origin, unheard, more }]) => {
      const from = origin ? `policy ${origin.policy} (${origin.scope})` : "default";
      const also = unheard.length > 0 ? `; not heard: ${unheard.map((one) => `${one.policy} (${one.scope})`).join(", ")}` : "";
      return [name, `${valueText(value, more)}  [${from}${also}]`] as const;
    }),
  );
  const excluded = exclude.items.slice(0, MOST_MASKS).map(({ mask, policy, scope }) => `${mask}  [policy ${policy} (${scope})]`);
  const left = exclude.items.length + exclude.more - excluded.length;
  showFields(terminal, [["exclude", [...excluded, ...(left > 0 ? [`… and ${left} more`] : [])].join("\n") || "[]  [default]"]]);
  for (const { updates, machines, owner, reason, expiresAt, isOver, policy, scope } of exemptions.items)
    showFields(terminal, [
      [
        "exemption",
        `${updates.join(", ")}${machines === undefined ? "" : ` on ${machines}`} ${isOver ? "was over at" : "until"} ${expiresAt}: ${owner} answers for it: ${reason}  [policy ${policy} (${scope})]`,
      ],
    ]);
  if (exemptions.more > 0) terminal.print(`… and ${exemptions.more} more exemptions`);
  terminal.print("");
  if (policies.length === 0) terminal.print(`No policy lies in ${scope} or above it: everything is approved at once.`);
  for (const { policy, scope, selector, priority, holds } of policies) {
    const whom = selector === null ? "all machines" : `selector ${selector}`;
    terminal.print(
      clean(
        `${holds ? "✓" : "-"} policy ${policy} (${scope}), ${whom}${priority === 0 ? "" : `, priority ${priority}`}${holds ? "" : ": not for this machine"}`,
      ),
    );
  }
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
