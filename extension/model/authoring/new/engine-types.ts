import { KNOWN_TYPES_FILE, type KnownNames, knownTypes } from "../../../../engine/authoring/known-types.ts";
import { isRunwrightError } from "../../../../engine/core/errors.ts";
import { NO_PARAMETERS } from "../../../../engine/core/json-schema.ts";
import type { JsonSchema } from "../../../../engine/core/manifest.ts";
import type { Asset, ShownAsset } from "../../../../engine/protocol/http/access.ts";
import type { Machine } from "../../../../engine/protocol/http/machines.ts";
import type { Runbook, RunbookDetails } from "../../../../engine/protocol/http/runbooks.ts";
import type { Shape } from "../../client/shape.ts";
import type { EngineClient } from "../engine-access.ts";

export interface EngineTypes {
  /** Of runwright-assets.d.ts: the same that `runwright types` writes. */
  text: string;
  assets: number;
  runbooks: number;
  tags: number;
}

export const ENGINE_TYPES_FILE = KNOWN_TYPES_FILE;

/** Requests under way at one time, for each runbook and each connection is asked for. */
const AT_ONCE = 8;
const name = encodeURIComponent;

/** What exists on the engine, as types. @throws what the engine answers */
export async function engineTypes(client: EngineClient, signal?: AbortSignal): Promise<EngineTypes> {
  const asked = { signal, limit: 500 };
  const found = await all<Pick<Asset, "kind" | "name" | "type" | "scope">>(
    client,
    "/api/v1/assets",
    "asset",
    { name: "string", kind: "string", scope: "string" },
    asked,
  );
  const assets = await each(found, async ({ kind, name: asset, type, scope }): Promise<KnownNames["assets"][number]> => {
    if (kind !== "connection") return { kind, name: asset, type };
    const shown = await client.ask<ShownAsset>("GET", `/api/v1/assets/${name(asset)}`, { name: "string" }, { query: { scope }, signal });
    return { kind, name: asset, type, schema: shown.schema as JsonSchema | undefined };
  });
  const listed = await all<Pick<Runbook, "name">>(client, "/api/v1/runbooks", "runbook", { name: "string" }, asked);
  const runbooks = await each(listed, async (runbook) => ({ name: runbook.name, parameters: await parametersOf(client, runbook.name, signal) }));
  const machines = await all<Pick<Machine, "tags">>(client, "/api/v1/machines", "machine", { tags: "object" }, asked);
  const tags = [...new Set(machines.flatMap((machine) => Object.keys(machine.tags)))];
  return { text: knownTypes({ assets, runbooks, tags }), assets: assets.length, runbooks: runbooks.length, tags: tags.length };
}

async function parametersOf(client: EngineClient, runbook: string, signal: AbortSignal | undefined): Promise<JsonSchema> {
  try {
    const { latest, draft } = await client.ask<RunbookDetails>("GET", `/api/v1/runbooks/${name(runbook)}`, { name: "string" }, { signal });
    return ((latest ?? draft)?.manifest.parameters as JsonSchema | undefined) ?? NO_PARAMETERS;
  } catch (error) {
    if (isRunwrightError(error, "RUNBOOK_NOT_FOUND")) return NO_PARAMETERS; // deleted since it was listed
    throw error;
  }
}

async function all<Item>(
  client: EngineClient,
  path: string,
  what: string,
  shape: Shape<Item>,
  asked: { signal: AbortSignal | undefined; limit: number },
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.page<Item>({ path, what, shape }, { ...asked, cursor });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

async function each<Item, Result>(items: readonly Item[], ask: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))));
  return results;
}
