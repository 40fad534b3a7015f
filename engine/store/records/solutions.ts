import type { Scope } from "../../core/scope.ts";
import type { InstalledSolution } from "../../core/solution.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** A solution that is installed. */
export interface SolutionRecord extends InstalledSolution {
  id: string;
  name: string;
  scope: Scope;
  /** Counts changes, from 1. */
  revision: number;
  createdAt: number;
  createdBy: string;
  updatedAt: number;
  updatedBy: string;
}

/** Beside the resources that teams write: nobody writes one of these by hand. */
const KIND = "Solution";

export function solutionReads(db: Db) {
  const all = () => db.selectFrom("resources").selectAll().where("kind", "=", KIND);
  return {
    async byName(name: string): Promise<SolutionRecord | undefined> {
      const row = await all().where("name", "=", name).executeTakeFirst();
      return row && toSolution(row);
    },
    /** By name. */
    async list(scopes: readonly Scope[]): Promise<SolutionRecord[]> {
      const rows = await all()
        .where((where) => withinScopes(where, "resources.scope", scopes))
        .orderBy("name")
        .execute();
      return rows.map(toSolution);
    },
  };
}

export function solutionWrites({ db, noteChange }: WriteParts) {
  const reads = solutionReads(db);
  return {
    ...reads,
    /** Makes it, or puts it in the place of the one of its id. */
    async put({ version, summary, members, ...record }: SolutionRecord): Promise<void> {
      noteChange("resources");
      const { updatedBy } = record;
      const row = { ...record, kind: KIND, specJson: JSON.stringify({ version, summary, members }), authorId: "", author: updatedBy };
      await db.deleteFrom("resources").where("id", "=", record.id).execute();
      await db.insertInto("resources").values(row).execute();
    },
    async delete(id: string): Promise<void> {
      noteChange("resources");
      await db.deleteFrom("resources").where("id", "=", id).execute();
    },
  };
}

const toSolution = ({ specJson, kind: _, authorId: __, author: ___, ...row }: Schema["resources"]): SolutionRecord => ({
  ...row,
  ...parseJson<InstalledSolution>(specJson),
});
