import type { Command } from "commander";
import type { Install } from "../protocol/http/machines.ts";
import { type Context, withClient } from "./command.ts";
import { showFields } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { relativeTime, table } from "./terminal.ts";

type InstalledUpdate = Install["updates"][number];
const STYLES: Readonly<Partial<Record<InstalledUpdate["status"], "green" | "red" | "yellow">>> = { Succeeded: "green", Failed: "red", InProgress: "yellow" };

/** @param machine the command `machine` */
export function addMachineInstalls(machine: Command, context: Context): void {
  const { terminal } = context;
  machine
    .command("installs <name>")
    .description("What was installed on a machine, newest first, with what became of each update")
    .option("--limit <number>", "at most so many installs", wholeNumber(1), 10)
    .option("--json", "print JSON")
    .action((name: string, { limit, json }: { limit: number; json?: boolean }) =>
      withClient(context, async (client) => {
        const installs: Install[] = [];
        const path = `/api/v1/machines/${encodeURIComponent(name)}/installs`;
        for await (const install of client.pages<Install>(path, { limit: Math.min(limit, 100) })) if (installs.push(install) >= limit) break;
        if (json) return terminal.printJson(installs);
        if (installs.length === 0) return terminal.note(`Nothing was installed on ${name} by this engine.`);
        for (const [i, install] of installs.entries()) {
          if (i > 0) terminal.print("");
          showInstall(install, context);
        }
      }),
    );
}

function showInstall({ updates, ...install }: Install, { terminal, now }: Context): void {
  showFields(terminal, [
    [install.action, install.commandId],
    ["begun", `${install.startedAt} (${relativeTime(install.startedAt, now())})`],
    ["ended", install.endedAt ?? "it isn't known yet"],
    ["by", install.jobId === null ? "a person" : `job ${install.jobId}`],
    ["with", install.packageManager],
    ["repairs", install.repairs.join("\n")],
    ["resumed", install.resumed > 0 ? `${install.resumed} times, after a crash or a reboot` : ""],
    ["reboot", install.rebootPending ? "pending" : ""],
    ["log", install.logFile],
  ]);
  const columns = [
    { title: "update", value: (row: InstalledUpdate) => row.name },
    { title: "from", value: (row: InstalledUpdate) => row.fromVersion ?? "" },
    { title: "to", value: (row: InstalledUpdate) => row.version },
    { title: "status", value: (row: InstalledUpdate) => row.status, style: (row: InstalledUpdate) => STYLES[row.status] },
    { title: "message", value: (row: InstalledUpdate) => row.message },
  ];
  for (const line of table(terminal, updates, columns)) terminal.print(line);
}
