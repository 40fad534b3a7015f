import type { Command } from "commander";
import type { Context } from "./command.ts";
import { addOccurrences, addResourceCommands, addSwitches } from "./resource.ts";
import { runbooksOf } from "./schedule.ts";

const RULE = { kind: "EventRule", noun: "event-rules", word: "rule" } as const;

export function addRule(program: Command, context: Context): void {
  const rule = program.command("rule").description("Start runbooks when something happens: a job failed, a machine went stale, an approval waits");
  addResourceCommands(
    rule,
    {
      ...RULE,
      columns: [
        { title: "on", value: ({ spec }) => String(spec.on) },
        {
          title: "state",
          value: ({ spec }) => (spec.enabled === false ? "disabled" : "enabled"),
          style: ({ spec }) => (spec.enabled === false ? "gray" : undefined),
        },
        { title: "runs", value: runbooksOf },
      ],
    },
    context,
  );
  addSwitches(rule, RULE, context);
  addOccurrences(rule, { ...RULE, what: "firings" }, context);
}
