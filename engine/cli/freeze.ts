import type { Command } from "commander";
import { HELD, HELD_BY_DEFAULT } from "../core/freeze.ts";
import { type Context, withClient } from "./command.ts";
import { addResourceCommands, make } from "./resource.ts";

const FREEZE = { kind: "Freeze", noun: "freezes", word: "freeze" } as const;

interface CreateOptions {
  from: string;
  to: string;
  reason: string;
  timeZone?: string;
  hold?: string[];
  scope?: string;
  replace?: boolean;
  json?: boolean;
}

export function addFreeze(program: Command, context: Context): void {
  const freeze = program.command("freeze").description("Hold back schedules, events, deployments and webhooks for a while");
  addResourceCommands(
    freeze,
    {
      ...FREEZE,
      columns: [
        { title: "holds", value: ({ spec }) => (Array.isArray(spec.holds) ? spec.holds : HELD_BY_DEFAULT).join(", ") },
        { title: "periods", value: ({ spec }) => (Array.isArray(spec.periods) ? spec.periods.map(periodOf).join("; ") : "") },
        { title: "zone", value: ({ spec }) => String(spec.timeZone) },
        { title: "reason", value: ({ spec }) => String(spec.reason) },
      ],
    },
    context,
  );

  freeze
    .command("create <name>")
    .description("Make a freeze of one period; `runwright apply` takes calendars of periods")
    .requiredOption("--from <time>", "a wall time of the zone such as 2026-12-20T18:00, or an instant")
    .requiredOption("--to <time>", "the first moment after it")
    .requiredOption("--reason <text>", "why; whoever is held back reads it")
    .option("--time-zone <zone>", "IANA name, or UTC; default: that of this computer")
    .option("--hold <what...>", `of ${HELD.join(", ")}; default: ${HELD_BY_DEFAULT.join(", ")}`)
    .option("--scope <scope>", "where it holds, and below")
    .option("--replace", "one of that name is replaced, with all its periods; else it stays, and this fails")
    .option("--json", "print JSON")
    .action((name: string, { from, to, reason, timeZone, hold, scope, replace = false, json }: CreateOptions) =>
      withClient(context, async (client) => {
        const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
        const spec = { timeZone: zone, reason, ...(hold ? { holds: hold } : {}), periods: [{ from, to }] };
        const stored = await make(client, "freezes", name, { spec, replace, ...(scope ? { scope } : {}) });
        if (json) context.terminal.printJson(stored);
        else context.terminal.print(`${stored.revision === 1 ? "made" : "changed"} freeze ${name} in ${stored.scope}: ${from} to ${to}, zone ${zone}`);
      }),
    );
}

function periodOf(period: unknown): string {
  const { from, to, cron, recurrence, duration } = Object(period) as Record<string, unknown>;
  if (from !== undefined) return `${String(from)} to ${String(to)}`;
  return `${typeof cron === "string" ? cron : String(Object(recurrence).frequency)} for ${String(duration)}`;
}
