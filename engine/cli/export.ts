import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { type ExportFile, filesOf, type StandingDocument, yamlOf } from "./resources/export-files.ts";
import { clean } from "./terminal.ts";

interface ExportOptions {
  scope?: string;
  out?: string;
  schemas?: string;
  json?: boolean;
}

export function addExport(program: Command, context: Context): void {
  program
    .command("export")
    .description("Write what is there as files that `plan` and `apply` read; secrets are never among it")
    .option("--scope <scope>", "what lies there, and below")
    .option("-o, --out <folder>", "a file for each, with the sources of runbooks; without it documents are printed")
    .option("--schemas <folder>", "write the JSON Schemas for editors instead")
    .option("--json", "print JSON")
    .action((options: ExportOptions) =>
      withClient(context, async (client) => {
        if (options.schemas !== undefined) return exportSchemas(options.schemas, client, context);
        const documents = await Array.fromAsync(client.pages<StandingDocument>("/api/v1/documents", { scope: options.scope }));
        if (options.out !== undefined) return exportTo(options.out, documents, options, context);
        if (options.json) return context.terminal.printJson(documents);
        const shown = documents.filter((one) => one.kind !== "Runbook");
        // What goes into a file must be what is there.
        const print = (text: string) => context.terminal.print(context.terminal.isTty ? clean(text) : text);
        for (const one of shown) print(`---\n${yamlOf(one).trimEnd()}`);
        const left = documents.length - shown.length;
        if (left > 0) context.terminal.note(`${left === 1 ? "1 runbook is" : `${left} runbooks are`} left out: sources are files, written with -o FOLDER`);
      }),
    );
}

async function exportTo(out: string, documents: readonly StandingDocument[], { json }: ExportOptions, { terminal, cwd }: Context): Promise<void> {
  const folder = resolve(cwd, out);
  const written: string[] = [];
  for (const one of documents) {
    const files = filesOf(one);
    if (files === undefined) {
      terminal.note(clean(`left out ${one.kind} ${one.name}: its files can't be told apart; publish it again from its own`));
      continue;
    }
    for (const file of files) {
      await write(folder, file);
      written.push(relative(cwd, join(folder, file.path)));
    }
  }
  if (json) return terminal.printJson({ documents: documents.length, files: written });
  terminal.print(`wrote ${written.length} files of ${documents.length} documents to ${out}; files that are there besides are left as they are`);
}

async function exportSchemas(out: string, client: Client, { terminal, cwd }: Context): Promise<void> {
  const union = await client.request<{ properties: { kind: { enum: string[] } } }>("GET", "/schemas/runwright.json");
  const names = union.properties.kind.enum;
  for (const name of ["runwright", ...names]) {
    const schema = name === "runwright" ? union : await client.request<object>("GET", `/schemas/${encodeURIComponent(name)}.json`);
    await write(resolve(cwd, out), { path: `${name.replaceAll(/[^A-Za-z]/g, "")}.json`, text: `${JSON.stringify(schema, null, 2)}\n` });
  }
  terminal.print(`wrote ${names.length + 1} schemas to ${out}`);
}

/** What is the same already isn't touched. */
async function write(folder: string, { path, text }: ExportFile): Promise<void> {
  const file = join(folder, path);
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === text) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
