import type { Command } from "commander";
import { stringify } from "yaml";
import { MACHINES_OWN_ZONE } from "../core/deploy/window.ts";
import type { StoredKind } from "../core/resource.ts";
import type { Occurrence, Resource } from "../protocol/http/resources.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { type Column, clean, relativeTime } from "./terminal.ts";

/** What the commands of one kind of resource differ in. */
export interface ResourceCommands {
  kind: StoredKind;
  /** Of the URL, such as `schedules`. */
  noun: string;
  /** For people, such as `schedule`. */
  word: string;
  columns: readonly Column<Resource>[];
}

export const pathOf = (noun: string, name: string): string => `/api/v1/${noun}/${encodeURIComponent(name)}`;

/** `list`, `show` and `delete`, and for what can be switched off `enable` and `disable`. */
export function addResourceCommands(command: Command, { kind, noun, word, columns }: ResourceCommands, context: Context): void {
  const { terminal } = context;
  command
    .command("list")
    .description(`List ${word}s`)
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Resource>(`/api/v1/${noun}`), {
          json: json === true,
          empty: `No ${word}s yet: write one as YAML (kind: ${kind}) and apply it with \`runwright apply -f FILE\`.`,
          columns: [
            { title: "name", value: (row) => row.name },
            ...columns,
            { title: "scope", value: (row) => row.scope, spare: 1 },
            { title: "changed", value: (row) => relativeTime(row.updatedAt, context.now()), spare: 2 },
            { title: "by", value: (row) => row.updatedBy, spare: 3 },
          ],
        }),
      ),
    );

  command
    .command("show <name>")
    .description(`Show a ${word} as the document that \`runwright apply\` takes`)
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Resource>("GET", pathOf(noun, name));
        if (json) return terminal.printJson(found);
        terminal.print(documentText(kind, found));
        terminal.print("");
        showFields(terminal, [
          ...Object.entries(found.state).map(([key, value]) => [key, stateText(value)] as const),
          ["revision", `${found.revision} by ${found.updatedBy}, ${found.updatedAt}`],
        ]);
      }),
    );

  command
    .command("delete <name>")
    .description(`Delete a ${word}; what it has done stays`)
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", pathOf(noun, name));
        if (json) terminal.printJson({ kind, name, state: "deleted" });
        else terminal.print(`deleted ${word} ${name}`);
      }),
    );
}

/** Several texts have a line each. */
function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join("\n") : JSON.stringify(value);
}

/** As it stands in a file. */
export const documentText = (kind: StoredKind, { name, scope, spec }: Resource): string => clean(stringify({ kind, name, scope, ...spec }).trimEnd());

/** @param word such as `schedule` */
export function addSwitches(command: Command, { noun, word }: Pick<ResourceCommands, "noun" | "word">, context: Context): void {
  for (const [verb, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(enabled ? `Let a ${word} start jobs again, from now on` : `Keep a ${word} from starting jobs`)
      .option("--json", "print JSON")
      .action((name: string, { json }: { json?: boolean }) =>
        withClient(context, async (client) => {
          const { spec, revision } = await client.request<Resource>("GET", pathOf(noun, name));
          const stored = await put(client, noun, name, { spec: { ...spec, enabled }, expectedRevision: revision });
          if (json) return context.terminal.printJson(stored);
          const next = nextAtOf(stored);
          context.terminal.print(`${verb}d ${word} ${name}${next === undefined ? "" : `; ${next}`}`);
        }),
      );
  }
}

/** When a schedule or a window does something next, on the clock that it goes by; where each machine has its own, in UTC. */
export function nextAtOf({ spec, state }: Resource): string | undefined {
  if (typeof state.nextAt !== "string") return undefined;
  const at = Temporal.Instant.from(state.nextAt);
  if (spec.timeZone === MACHINES_OWN_ZONE) return `next ${at.toString()}, where it opens first`;
  return `next ${at.toZonedDateTimeISO(String(spec.timeZone)).toString({ timeZoneName: "never" })}`;
}

/** Makes one; what is there under that name stays as it is, unless it is said that all of it is replaced. @throws CONFLICT */
export const make = (
  client: Client,
  noun: string,
  name: string,
  { replace, ...body }: { spec: unknown; scope?: string; replace: boolean },
): Promise<Resource> => put(client, noun, name, replace ? body : { ...body, expectedRevision: 0 });

export const put = (client: Client, noun: string, name: string, body: { spec: unknown; scope?: string; expectedRevision?: number }): Promise<Resource> =>
  client.request<Resource>("PUT", pathOf(noun, name), { body });

/** What became of occurrences of schedules, or of firings of rules. */
export function addOccurrences(
  command: Command,
  { kind, word, what }: { kind: StoredKind; word: string; what: "occurrences" | "firings" },
  context: Context,
): void {
  command
    .command(`${what} [name]`)
    .description(`List what became of ${what}, newest first: started, waiting, missed, merged, skipped, frozen or refused, and why`)
    .option("--status <status>", "only these")
    .option("-n, --limit <number>", "at most so many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action((name: string | undefined, { status, limit, json }: { status?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Occurrence>("/api/v1/occurrences", { kind, name, status, limit: Math.min(500, limit) }), {
          json: json === true,
          most: limit,
          empty: `No ${what}${name === undefined ? "" : ` of ${word} ${name}`}${status === undefined ? "" : ` that are ${status}`} yet.`,
          columns: [
            { title: "due", value: (row) => row.dueAt },
            ...(name === undefined ? [{ title: word, value: (row: Occurrence) => row.name }] : []),
            { title: "runbook", value: (row) => row.runbook },
            { title: "status", value: (row) => row.status, style: (row) => STYLES[row.status] },
            { title: "job", value: (row) => row.jobId ?? "" },
            { title: "reason", value: (row) => row.reason },
          ],
        }),
      ),
    );
}

const STYLES: Readonly<Record<Occurrence["status"], "green" | "cyan" | "yellow" | "red" | "gray">> = {
  started: "green",
  waiting: "cyan",
  missed: "yellow",
  merged: "gray",
  skipped: "yellow",
  frozen: "cyan",
  refused: "red",
};
