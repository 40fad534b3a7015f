import type { Command } from "commander";
import type { Resource } from "../protocol/http/resources.ts";
import type { Context } from "./command.ts";
import { addResourceCommands } from "./resource.ts";

/** @param update the command `update` */
export function addUpdatePolicy(update: Command, context: Context): void {
  addResourceCommands(
    update.command("policy").description("Look at update policies; `runwright apply` makes them from files"),
    {
      kind: "UpdatePolicy",
      noun: "update-policies",
      word: "update policy",
      columns: [
        { title: "machines", value: ({ spec }) => (typeof spec.selector === "string" ? spec.selector : "all") },
        { title: "chooses", value: chosenText },
        { title: "excludes", value: ({ spec }) => listed(spec.exclude) },
        { title: "exemptions", value: ({ spec }) => (Array.isArray(spec.exemptions) ? spec.exemptions.length : 0) },
        {
          title: "warnings",
          value: ({ state }) => (Array.isArray(state.warnings) ? state.warnings.length : 0),
          style: ({ state }) => (state.warnings ? "yellow" : undefined),
        },
      ],
    },
    context,
  );
}

const listed = (value: unknown): string => (Array.isArray(value) ? `${value.slice(0, 3).join(", ")}${value.length > 3 ? ` … ${value.length}` : ""}` : "");
const chosenText = ({ spec }: Resource): string => [listed(spec.classifications), listed(spec.severities), listed(spec.include)].filter(Boolean).join("; ");
