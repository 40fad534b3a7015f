import { sql } from "kysely";
import type { Scope } from "../../core/scope.ts";
import type { Db } from "./db.ts";

/** Jobs of one runbook in one scope, of one priority: they stand in a line of their own. */
export interface Flow {
  scope: Scope;
  runbookId: string;
  priority: number;
}

// Literals, not parameters: SQLite uses the partial indexes only when the query itself says the same.
const QUEUED = sql.raw(`status = 'queued' and "heldBack" = 0`);
/** Runbooks of a scope that are counted at most: beyond them its share grows, but looking stays cheap. */
const COUNTED = sql.raw("64");

interface Line {
  /** Lowest turn in the queue: virtual time. */
  front: number;
  /** How far apart jobs of this line stand: as many runbooks share the scope's share. */
  step: number;
  /** Last turn given to a new job of the line, and to one that came back. */
  last: number;
  lastBack: number;
}

/**
 * Turns by start-time fair queuing (Goyal, Vin, Cheng 1996): each flow has a clock of its own that isn't behind the front of the queue, and each job moves it on
 * by a step. Whoever has thousands in the queue has given them turns far ahead; another's first job gets one near the front.
 * Made for each transaction: within it, lines are remembered, so that a group of writers asks once for each line.
 * Invariant: no turn is given below the front, or a burst after it would pass those who wait.
 */
export function createTurns(db: Db) {
  const lines = new Map<string, Line>();

  async function lineOf({ scope, runbookId, priority }: Flow): Promise<Line> {
    const name = `${priority} ${runbookId} ${scope}`;
    const known = lines.get(name);
    if (known) return known;
    const { rows } = await sql<{ front: number | null; last: number | null; others: number }>`
      with recursive runbooks(id, n) as (
        select min("runbookId"), 1 from jobs where ${QUEUED} and scope = ${scope}
        union all
        select (select min("runbookId") from jobs where ${QUEUED} and scope = ${scope} and "runbookId" > runbooks.id), n + 1
        from runbooks where id is not null and n < ${COUNTED}
      )
      select
        (select min(turn) from jobs where ${QUEUED} and priority = ${priority}) as front,
        (select max(turn) from jobs where ${QUEUED} and scope = ${scope} and "runbookId" = ${runbookId} and priority = ${priority}) as last,
        (select count(*) from runbooks where id <> ${runbookId}) as others`.execute(db);
    const row = rows[0];
    const front = row?.front ?? 0;
    const line = { front, step: (row?.others ?? 0) + 1, last: row?.last ?? 0, lastBack: front };
    lines.set(name, line);
    return line;
  }

  return {
    /** After a claim the front is another one. */
    forget: (): void => lines.clear(),
    /** For a new job: behind the others of its flow. */
    async behind(flow: Flow): Promise<number> {
      const line = await lineOf(flow);
      line.last = Math.max(line.front, line.last) + line.step;
      return line.last;
    },
    /** For a job that has waited elsewhere: near the front, as what was begun is finished before more is begun; many at once line up all the same. */
    async back(flow: Flow): Promise<number> {
      const line = await lineOf(flow);
      line.lastBack += line.step;
      return line.lastBack;
    },
    /** For a job whose attempt was lost: the turn that it had. */
    async again(flow: Flow, turn: number): Promise<number> {
      return Math.max(turn, (await lineOf(flow)).front);
    },
  };
}
export type Turns = ReturnType<typeof createTurns>;
