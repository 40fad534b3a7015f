import type { Asset } from "../../../engine/protocol/http/access.ts";
import type { Machine } from "../../../engine/protocol/http/machines.ts";
import type { Runbook } from "../../../engine/protocol/http/runbooks.ts";
import type { EngineAccess, EngineClient } from "./engine-access.ts";

export const NAME_KINDS = ["runbooks", "secrets", "credentials", "certificates", "connections", "variables", "tags", "machines"] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** A name that exists on the engine. */
export interface KnownName {
  name: string;
  /** For people: its scope, or values of a tag. */
  detail: string;
}

export interface KnownNames {
  /** @returns empty without an engine, and when it doesn't answer: what completes is a help, not a promise */
  of(kind: NameKind): Promise<readonly KnownName[]>;
  /** Another engine knows other names. */
  forget(): void;
}

const FRESH_MS = 30_000;
/** Whoever has more finds the rest by typing; nobody scrolls through thousands. */
const MOST = 2_000;

/** Names for completion, asked for when they are wanted and kept for half a minute. */
export function createKnownNames({ engine, now }: { engine: EngineAccess; now(): number }): KnownNames {
  let kept = new Map<string, { at: number; found: Promise<ReadonlyMap<NameKind, readonly KnownName[]>> }>();

  async function ask(source: Source): Promise<ReadonlyMap<NameKind, readonly KnownName[]>> {
    const client = await engine.client();
    return client ? SOURCES[source](client) : new Map();
  }

  return {
    async of(kind) {
      const source = sourceOf(kind);
      let entry = kept.get(source);
      if (!entry || now() - entry.at > FRESH_MS) {
        entry = { at: now(), found: ask(source) };
        kept.set(source, entry);
        // The connection tells people that the engine is away; the next completion asks again.
        entry.found.catch(() => kept.delete(source));
      }
      const found = await entry.found.catch(() => new Map<NameKind, readonly KnownName[]>());
      return found.get(kind) ?? [];
    },
    forget() {
      kept = new Map();
    },
  };
}

type Source = "runbooks" | "assets" | "machines";
const sourceOf = (kind: NameKind): Source => (kind === "runbooks" ? "runbooks" : kind === "tags" || kind === "machines" ? "machines" : "assets");

const SOURCES: Readonly<Record<Source, (client: EngineClient) => Promise<ReadonlyMap<NameKind, readonly KnownName[]>>>> = {
  async runbooks(client) {
    const found = await all<Pick<Runbook, "name" | "scope">>(client, { path: "/api/v1/runbooks", what: "runbook", shape: { name: "string", scope: "string" } });
    return new Map([["runbooks", found.map(({ name, scope }) => ({ name, detail: scope }))]]);
  },
  async assets(client) {
    const found = await all<Pick<Asset, "name" | "scope" | "kind">>(client, {
      path: "/api/v1/assets",
      what: "asset",
      shape: { name: "string", scope: "string", kind: "string" },
    });
    const groups = Map.groupBy(found, ({ kind }) => `${kind}s`);
    const kinds = NAME_KINDS.filter((kind) => groups.has(kind));
    return new Map(kinds.map((kind) => [kind, distinct((groups.get(kind) ?? []).map(({ name, scope }) => ({ name, detail: scope })))]));
  },
  async machines(client) {
    const found = await all<Pick<Machine, "name" | "scope" | "tags">>(client, {
      path: "/api/v1/machines",
      what: "machine",
      shape: { name: "string", scope: "string", tags: "object" },
    });
    const values = new Map<string, Set<string>>();
    for (const { tags } of found) for (const [tag, value] of Object.entries(tags)) values.set(tag, (values.get(tag) ?? new Set()).add(value));
    const tags = [...values].map(([name, set]) => ({ name, detail: [...set].sort().slice(0, 20).join(", ") }));
    return new Map<NameKind, readonly KnownName[]>([
      ["machines", found.map(({ name, scope }) => ({ name, detail: scope }))],
      ["tags", distinct(tags)],
    ]);
  },
};

async function all<Item>(client: EngineClient, door: Parameters<typeof client.page<Item>>[0]): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.page<Item>(door, { limit: 500, cursor });
    items.push(...page.items);
    if (page.next === null || items.length >= MOST) return items.slice(0, MOST);
    cursor = page.next;
  }
}

/** The same name in several scopes is one to complete. */
function distinct(names: readonly KnownName[]): KnownName[] {
  const found = new Map<string, string[]>();
  for (const { name, detail } of names) found.set(name, [...(found.get(name) ?? []), detail]);
  return [...found].map(([name, details]) => ({ name, detail: [...new Set(details)].join(", ") })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
