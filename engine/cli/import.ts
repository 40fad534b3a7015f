import type { Command } from "commander";
import type { Context } from "./command.ts";
import { addImportAzure } from "./import-azure.ts";

export function addImport(program: Command, context: Context): void {
  const command = program.command("import").description("Make documents of what other products keep");
  addImportAzure(command, context);
}
