import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { counted } from "../core/counted.ts";
import { RunwrightError } from "../core/errors.ts";
import { type Converted, convert } from "./azure/convert.ts";
import { readResources } from "./azure/read-resources.ts";
import { MOST_BYTES, readBytes, textOf, tooLarge } from "./azure/read-text.ts";
import { findingText, importedText } from "./azure/text.ts";
import type { Context } from "./command.ts";

interface ImportOptions {
  out?: string;
  skipUnknown?: boolean;
  json?: boolean;
}

const MOST_TOLD = 50;

/** @param command the command `import` */
export function addImportAzure(command: Command, context: Context): void {
  const { terminal } = context;
  command
    .command("azure <file>")
    .description(
      "Make windows and policies of Azure's softwareUpdateConfigurations and maintenanceConfigurations, as their REST interfaces return them (- for standard input)",
    )
    .option("--out <dir>", "write a file for each; without it they are printed")
    .option("--skip-unknown", "leave out members that this version doesn't know, and say so, instead of refusing them")
    .option("--json", "print JSON")
    .action(async (file: string, { out, skipUnknown = false, json }: ImportOptions) => {
      const shown = file === "-" ? "standard input" : file;
      const { resources, hasMore } = readResources(await read(file, shown, context), shown);
      const converted = convert(resources, { now: context.now(), skipUnknown });
      refuse(converted, { json, context });
      const files = out === undefined ? [] : await write(converted, out, context);
      if (json) return terminal.printJson({ ...jsonOf(converted), ...(out === undefined ? {} : { files }), complete: !hasMore });
      if (out === undefined)
        terminal.print(
          textsOf(converted)
            .map(({ text }) => text.trimEnd())
            .join("\n---\n"),
        );
      for (const one of converted.differences) terminal.note(`${one.isWider ? terminal.colour("yellow", "! ") : "- "}${findingText(one)}`);
      if (hasMore) terminal.note(terminal.colour("yellow", `${shown} is one page of a list: get the others by their nextLink, and import them as well`));
      terminal.note(sumOf(converted, files.length));
      if (out !== undefined && files.length > 0) terminal.note(`look at what they would do with: runwright plan -f ${out} --scope /…`);
    });
}

async function read(file: string, shown: string, { cwd, stdin }: Context): Promise<string> {
  if (file !== "-") return textOf(await readBytes(resolve(cwd, file), shown), shown).replace(/^\ufeff/, "");
  const text = await stdin();
  if (text.length > MOST_BYTES) throw tooLarge(shown);
  return text.replace(/^\ufeff/, "");
}

/** @throws RESOURCE_INVALID with all that is wrong */
function refuse({ problems }: Converted, { json, context: { terminal } }: { json: boolean | undefined; context: Context }): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_TOLD);
  if (!json) for (const one of shown) terminal.note(terminal.colour("red", findingText(one)));
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new RunwrightError(
    "RESOURCE_INVALID",
    `${count}; nothing was imported`,
    json ? { details: shown.map(({ configuration, at, text }) => ({ configuration, path: at, message: text })) } : {},
  );
}

const textsOf = ({ imported, differences }: Converted) =>
  imported.filter(({ documents }) => documents.length > 0).map((one) => ({ path: `${one.file}.yaml`, text: importedText(one, differences) }));

const jsonOf = ({ imported, differences }: Converted) => ({
  documents: imported.flatMap(({ documents }) => documents),
  differences: differences.map(({ configuration, at, text, isWider }) => ({ configuration, path: at, message: text, disables: isWider })),
});

/** What people have changed since isn't overwritten. @throws CONFLICT, before anything is written */
async function write(converted: Converted, out: string, { cwd }: Context): Promise<string[]> {
  const folder = resolve(cwd, out);
  const files = textsOf(converted);
  for (const { path, text } of files) {
    const before = await readFile(join(folder, path), "utf8").catch(() => undefined);
    if (before !== undefined && before !== text)
      throw new RunwrightError("CONFLICT", `${relative(cwd, join(folder, path))} is there already and says something else; name another folder, or remove it`);
  }
  await mkdir(folder, { recursive: true });
  for (const { path, text } of files) await writeFile(join(folder, path), text);
  return files.map(({ path }) => relative(cwd, join(folder, path)));
}

function sumOf({ imported, differences }: Converted, files: number): string {
  const documents = imported.reduce((sum, one) => sum + one.documents.length, 0);
  const disabled = imported.filter((one) => one.disabled !== null).length;
  const counts = [
    `${counted(imported.length, "configuration")} became ${counted(documents, "document")}${files > 0 ? ` in ${counted(files, "file")}` : ""}`,
    ...(disabled > 0 ? [`the windows of ${disabled} are disabled`] : []),
    counted(differences.length, "difference"),
  ];
  return counts.join(", ");
}
