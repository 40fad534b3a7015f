import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { KNOWN_TYPES_FILE, type KnownNames, knownTypes } from "../authoring/known-types.ts";
import { NO_PARAMETERS } from "../core/json-schema.ts";
import type { JsonSchema } from "../core/manifest.ts";
import type { Asset, ShownAsset } from "../protocol/http/access.ts";
import type { Machine } from "../protocol/http/machines.ts";
import type { Runbook, RunbookDetails } from "../protocol/http/runbooks.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";

export function addTypes(program: Command, context: Context): void {
  program
    .command("types")
    .description("Write the types of the assets, runbooks and tags that exist, so that their names complete in an editor and misspelt ones are errors")
    .option("--out <path>", "the file to write; the type check reads it beside the runbooks under its default name", KNOWN_TYPES_FILE)
    .option("--json", "print JSON")
    .action(({ out, json }: { out: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await gather(client);
        await writeFile(resolve(context.cwd, out), knownTypes(found));
        const counts = { assets: found.assets.length, runbooks: found.runbooks.length, tags: found.tags.length };
        if (json) context.terminal.printJson({ file: out, ...counts });
        else context.terminal.print(`wrote ${out}: ${counts.assets} assets, ${counts.runbooks} runbooks, ${counts.tags} tags`);
      }),
    );
}

async function gather(client: Client): Promise<KnownNames> {
  const assets: KnownNames["assets"][number][] = [];
  for await (const { kind, name, type, scope } of client.pages<Asset>("/api/v1/assets")) {
    const shown =
      kind === "connection" ? await client.request<ShownAsset>("GET", `/api/v1/assets/${encodeURIComponent(name)}`, { query: { scope } }) : undefined;
    assets.push({ kind, name, type, schema: shown?.schema as JsonSchema | undefined });
  }
  const runbooks: KnownNames["runbooks"][number][] = [];
  for await (const { name } of client.pages<Runbook>("/api/v1/runbooks", { limit: 500 })) {
    const { latest, draft } = await client.request<RunbookDetails>("GET", `/api/v1/runbooks/${encodeURIComponent(name)}`);
    runbooks.push({ name, parameters: ((latest ?? draft)?.manifest.parameters as JsonSchema | undefined) ?? NO_PARAMETERS });
  }
  const tags = new Set<string>();
  for await (const machine of client.pages<Machine>("/api/v1/machines", { limit: 500 })) for (const tag of Object.keys(machine.tags)) tags.add(tag);
  return { assets, runbooks, tags: [...tags] };
}
