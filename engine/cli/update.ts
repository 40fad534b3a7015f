import type { Command } from "commander";
import type { Context } from "./command.ts";
import { addUpdateAssess } from "./update-assess.ts";
import { addUpdateImport } from "./update-import.ts";
import { addUpdateList } from "./update-list.ts";
import { addUpdatePolicy } from "./update-policy.ts";
import { addUpdateWhatIf } from "./update-what-if.ts";
import { addUpdateWhy } from "./update-why.ts";

export function addUpdate(program: Command, context: Context): void {
  const update = program.command("update").description("Missing updates, and the policies that say what is done about them");
  addUpdateList(update, context);
  addUpdateAssess(update, context);
  addUpdateWhy(update, context);
  addUpdateWhatIf(update, context);
  addUpdatePolicy(update, context);
  addUpdateImport(update, context);
}
