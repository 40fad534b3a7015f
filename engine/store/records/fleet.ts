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
  with: { facts: boolean; tags: boolean; updates: boolean };
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
        .$if(wanted.facts, (query) => query.select("machines.factsJson"))
        .$if(wanted.updates, (query) => query.select("standings.updates"))
        .where("machines.removedAt", "is", null)
        .where("machines.name", ">", after)
        .$if(name !== undefined, (query) => query.where("machines.name", "=", name ?? ""))
        .where((where) => withinScopes(where, "machines.scope", scopes))
        .orderBy("machines.name")
        .limit(limit)
        .execute();
      const readFigures = createFiguresReader();
      return rows.map(({ name, scope, state, lastSeenAt, staleSince, tagsJson, factsJson, figures, sums, updates }) => ({
        ...{ name, scope, state: state as MachineState, lastSeenAt, staleSince },
        tags: tagsJson === undefined ? NOTHING : parseJson(tagsJson),
        facts: factsJson === undefined || factsJson === null ? null : parseJson(factsJson),
        figures: figures === null || figures === "" ? null : readFigures(figures),
        missing: sums === null ? null : { sums, updates: updates ?? "" },
      }));
    },
  };
}
