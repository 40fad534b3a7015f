import { sql } from "kysely";
import type { Facts, MachineState } from "../../core/machine.ts";
import { MISSING_FORMAT, type PackedMissing } from "../../core/missing-set.ts";
import type { Scope } from "../../core/scope.ts";
import { createFiguresReader, type StandingFigures } from "../../core/standing-figures.ts";
import { type Db, parseJson } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** A machine as questions about all of them see it. */
export interface FleetMachine {
  name: string;
  scope: Scope;
  state: MachineState;
  lastSeenAt: number | null;
  staleSince: number | null;
  /** Empty when they weren't asked for, too. */
  tags: Readonly<Record<string, string>>;
  /** Null when they weren't asked for, too. */
  facts: Facts | null;
  /** What most machines share of their facts; undefined when it isn't known, or wasn't asked for. */
  osName: string | undefined;
  agentVersion: string | undefined;
  /** Of its newest assessment; null: it never was assessed. */
  figures: StandingFigures | null;
  /** What is missing on it, packed (core/missing-set.ts); null when nothing was ever reported. Its updates are empty when they weren't asked for. */
  missing: PackedMissing | null;
}

export interface FleetPage {
  scopes: readonly Scope[];
  /** The one of this name. */
  name?: string;
  /** Names above this one. */
  after: string;
  limit: number;
  /** Reading and parsing these takes longer than the rest. */
  with: { facts: boolean; system: boolean; tags: boolean; updates: boolean };
}

const NOTHING: Readonly<Record<string, string>> = {};

/** Machines with what is known of them, as narrow as a question about thousands needs it. */
export function fleetReads(db: Db) {
  return {
    /** By name. */
    async page({ scopes, name, after, limit, with: wanted }: FleetPage): Promise<FleetMachine[]> {
      const rows = await db
        .selectFrom("machines")
        .leftJoin("standings", (join) => join.onRef("standings.machineId", "=", "machines.id").on("standings.format", "=", sql.lit(MISSING_FORMAT)))
        .select(["machines.name", "machines.scope", "machines.state", "machines.lastSeenAt", "machines.staleSince"])
        .select(["standings.figures", "standings.sums"])
        .$if(wanted.tags, (query) => query.select("machines.tagsJson"))
        .$if(wanted.facts || wanted.system, (query) => query.select("machines.factsJson"))
        .$if(wanted.updates, (query) => query.select("standings.updates"))
        .where("machines.removedAt", "is", null)
        .where("machines.name", ">", after)
        .$if(name !== undefined, (query) => query.where("machines.name", "=", name ?? ""))
        .where((where) => withinScopes(where, "machines.scope", scopes))
        .orderBy("machines.name")
        .limit(limit)
        .execute();
      const readFigures = createFiguresReader();
      // Machines of one role have the same tags: of ten thousand there are few texts.
      const known = new Map<string, Readonly<Record<string, string>>>();
      const tagsIn = (text: string) => {
        const tags = known.get(text) ?? parseJson<Readonly<Record<string, string>>>(text);
        known.set(text, tags);
        return tags;
      };
      return rows.map(({ name, scope, state, lastSeenAt, staleSince, tagsJson, factsJson, figures, sums, updates }) => ({
        ...{ name, scope, state: state as MachineState, lastSeenAt, staleSince },
        tags: tagsJson === undefined ? NOTHING : tagsIn(tagsJson),
        facts: !wanted.facts || factsJson == null ? null : parseJson(factsJson),
        osName: wanted.system && factsJson != null ? textIn(factsJson, "osName") : undefined,
        agentVersion: wanted.system && factsJson != null ? textIn(factsJson, "agentVersion") : undefined,
        figures: figures === null || figures === "" ? null : readFigures(figures),
        missing: sums === null ? null : { sums, updates: updates ?? "" },
      }));
    },
  };
}

/**
 * One text out of an object's JSON, without reading the rest. A key between quotes is nothing else: within a text each quote has a backslash before it.
 * @returns undefined when it isn't there, or isn't a text
 */
export function textIn(json: string, key: string): string | undefined {
  const begin = json.indexOf(`"${key}":"`);
  if (begin < 0) return undefined;
  const from = begin + key.length + 4;
  let end = from;
  for (; json[end] !== '"'; end++) {
    if (end >= json.length) return undefined; // it is damaged
    if (json[end] === "\\") end++;
  }
  const text = json.slice(from, end);
  return text.includes("\\") ? parseJson<string>(`"${text}"`) : text;
}
