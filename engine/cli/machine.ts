import type { Command } from "commander";
import { formatDuration } from "../core/duration.ts";
import type { Machine } from "../protocol/http/machines.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields } from "./list.ts";
import { addMachineInstalls } from "./machine-installs.ts";
import { assessedAgo, COMPLIANCE_STYLES, complianceOf } from "./machine-words.ts";
import { tagChanges } from "./options.ts";
import { relativeTime } from "./terminal.ts";

const pathOf = (name: string) => `/api/v1/machines/${encodeURIComponent(name)}`;
/** A report is a while on its way, and may have waited for its turn. */
const WRONG_CLOCK_MS = 30 * 60_000;
const STATE_STYLES = { online: "green", offline: "gray", revoked: "red", cloned: "red" } as const;

export function addMachine(program: Command, context: Context): void {
  const { terminal } = context;
  const machine = program.command("machine").description("Look at machines, tag, rename and remove them");

  machine
    .command("list [selector]")
    .description('List machines; a selector such as "os=linux tag:role=web" chooses')
    .option("--json", "print JSON")
    .action((selector: string | undefined, { json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Machine>("/api/v1/machines", { selector }), {
          json: json === true,
          empty: selector ? `No machine matches "${selector}".` : "No machines yet: make a join token with `runwright agent token create`.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "state", value: (row) => stateOf(row), style: (row) => (row.staleSince ? "yellow" : STATE_STYLES[row.state]) },
            { title: "system", value: (row) => row.facts?.osName ?? "", spare: 3 },
            { title: "scope", value: (row) => row.scope, spare: 2 },
            { title: "tags", value: (row) => tagsOf(row), spare: 1 },
            {
              title: "updates",
              value: (row) => complianceOf(row.assessment),
              style: (row) => COMPLIANCE_STYLES[row.assessment?.compliance ?? "notassessed"],
            },
            { title: "assessed", value: (row) => assessedAgo(row.assessment, context.now()) },
            { title: "seen", spare: 2, value: (row) => relativeTime(row.lastSeenAt, context.now()) },
          ],
        }),
      ),
    );

  machine
    .command("show <name>")
    .description("Show a machine, its facts and its newest assessment")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Machine>("GET", pathOf(name));
        if (json) return terminal.printJson(found);
        const { facts, assessment } = found;
        showFields(terminal, [
          ["machine", found.name],
          ["id", found.id],
          ["state", `${stateOf(found)}, seen ${relativeTime(found.lastSeenAt, context.now())}`],
          ["scope", found.scope],
          ["tags", tagsOf(found)],
          ["system", facts ? `${facts.osName}, kernel ${facts.kernel}, ${facts.architecture}` : ""],
          ["addresses", facts?.addresses.join(", ") ?? ""],
          ["boot", facts?.bootId ?? ""],
          ["agent", facts?.agentVersion ?? ""],
          ["enrolled", `${found.enrolledAt} by ${found.enrolledBy}`],
          ["updates", complianceOf(assessment)],
          [
            "assessed",
            assessment
              ? `${assessedAgo(assessment, context.now())} with ${assessment.packageManager}, ${assessment.installedCount} packages installed${assessment.compliance === "stale" ? "; too old to say anything" : ""}`
              : "not yet",
          ],
          ["package lists", assessment ? `fetched ${relativeTime(assessment.listsUpdatedAt, context.now())}` : ""],
          ["reboot", assessment?.rebootPending ? `pending: ${assessment.rebootReasons.join(", ")}` : ""],
          ["problems", assessment?.problems.join("; ") ?? ""],
          ["clock", assessment ? clockOf(assessment) : ""],
        ]);
      }),
    );

  machine
    .command("tag <name>")
    .description("Set tags with key=value, remove them with key-")
    .argument("<changes...>", "such as role=web, or role- to remove it", tagChanges)
    .option("--json", "print JSON")
    .action((name: string, changes: Record<string, string | null>, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const { tags: before } = await client.request<Machine>("GET", pathOf(name));
        const changed = Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));
        const tagged = await client.request<Machine>("PUT", `${pathOf(name)}/tags`, { body: { tags: changed } });
        if (json) terminal.printJson(tagged);
        else terminal.print(`${name}: ${tagsOf(tagged) || "no tags"}`);
      }),
    );

  machine
    .command("remove <name>")
    .description("Remove a machine: its key is refused from now on")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", pathOf(name));
        if (json) terminal.printJson({ name, state: "removed" });
        else terminal.print(`removed ${name}`);
      }),
    );

  machine
    .command("rename <name> <new>")
    .description("Give a machine another name; its history stays, and selectors that name it must follow")
    .option("--json", "print the machine as JSON")
    .action((name: string, to: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const renamed = await client.request<Machine>("PUT", `${pathOf(name)}/name`, { body: { name: to } });
        if (json) terminal.printJson(renamed);
        else terminal.print(`renamed ${name} to ${renamed.name}`);
      }),
    );

  addMachineInstalls(machine, context);
}

/** Shown, not forgotten: a machine that nobody has heard of for long isn't just offline. */
const stateOf = ({ state, staleSince }: Machine): string => (staleSince && state === "offline" ? "stale" : state);

const tagsOf = ({ tags }: Machine): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

/** Both clocks at the time of the report: it was on its way for seconds at most. */
function clockOf({ collectedAt, receivedAt }: NonNullable<Machine["assessment"]>): string {
  const ahead = Date.parse(collectedAt) - Date.parse(receivedAt);
  return Math.abs(ahead) < WRONG_CLOCK_MS ? "" : `${formatDuration(Math.round(Math.abs(ahead) / 60_000) * 60_000)} ${ahead > 0 ? "ahead" : "behind"}`;
}
