import type { Command } from "commander";
import type { Context } from "./command.ts";
import { addUpdateAssess } from "./update-assess.ts";
import { addUpdateImport } from "./update-import.ts";
import { addUpdateList } from "./update-list.ts";

export function addUpdate(program: Command, context: Context): void {
  const update = program.command("update").description("Missing updates, and what is known of them");
  addUpdateList(update, context);
  addUpdateAssess(update, context);
  addUpdateImport(update, context);
}
