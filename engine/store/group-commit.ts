import type { ControlledTransaction, Transaction } from "kysely";
import type { Dialect } from "./dialect.ts";
import { execute } from "./direct.ts";
import type { Schema } from "./schema.ts";

export type Writer<Tx, T> = (tx: Tx) => Promise<T>;

interface Waiting<Tx> {
  writer: Writer<Tx, unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface Group<Tx> {
  tx: Tx;
  /** Remembers where the group is; the returned function forgets what a failed writer left in memory since. */
  mark(): () => void;
  /** What is done once, at the group's end and in its transaction. */
  leave(): Promise<void>;
  committed(): void;
}

export interface GroupCommitParts<Tx> {
  dialect: Dialect;
  /** Wraps the database's transaction for the writers of one group. */
  enter(db: Transaction<Schema>): Group<Tx>;
  maxGroup?: number;
}

const GATHER_MS = 1;

const SAVEPOINT = "savepoint writer";
const RELEASE = "release savepoint writer";
const ROLL_BACK = "rollback to savepoint writer";

/**
 * Writers that come in the same tick share a transaction, and each is answered when that is durable. While the disk works, the next group does, and one sync serves
 * all that were committed before it. Writers run one after the other, in the order in which they came; one that throws is rolled back alone.
 * Invariant: a writer touches nothing but its transaction, as it runs again when the database asks for it (deadlock).
 */
export function createGroupCommit<Tx>({ dialect, enter, maxGroup = 200 }: GroupCommitParts<Tx>) {
  let waiting: Waiting<Tx>[] = [];
  let running: Promise<void> | null = null;
  /** Committed, and on the way to the disk. */
  const settling = new Set<Promise<void>>();
  const counts = { groups: 0, writers: 0 };

  async function commit(group: Waiting<Tx>[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const answers: (() => void)[] = [];
      let db: ControlledTransaction<Schema> | undefined;
      try {
        db = await dialect.writer.startTransaction().execute();
        const entered = enter(db);
        for (const one of group) answers.push(await runOne(entered, db, one, group.length === 1));
        await entered.leave();
        await db.commit().execute();
        counts.groups++;
        counts.writers += group.length;
        settle(group, answers, entered);
        return;
      } catch (error) {
        await db
          ?.rollback()
          .execute()
          .catch(() => {}); // a full disk or a lost connection has ended the transaction already; what ended it is told
        if (dialect.isTransient(error) && tries < 5) continue;
        for (const one of group) one.reject(dialect.translate(error));
        return;
      }
    }
  }

  function settle(group: readonly Waiting<Tx>[], answers: readonly (() => void)[], { committed }: Group<Tx>): void {
    const settled = dialect
      .flush()
      .then(
        () => {
          for (const answer of answers) answer();
          committed();
        },
        // Whether the disk holds it can't be known: nobody is told that it does.
        (error) => {
          for (const one of group) one.reject(dialect.translate(error));
        },
      )
      .catch(() => {}) // of a listener: what is stored and answered stays so
      .finally(() => settling.delete(settled));
    settling.add(settled);
  }

  async function runOne({ tx, mark }: Group<Tx>, db: Transaction<Schema>, one: Waiting<Tx>, alone: boolean): Promise<() => void> {
    if (alone) {
      const value = await one.writer(tx);
      return () => one.resolve(value);
    }
    const forget = mark();
    await execute(db, SAVEPOINT);
    try {
      const value = await one.writer(tx);
      await execute(db, RELEASE);
      return () => one.resolve(value);
    } catch (error) {
      if (dialect.isTransient(error)) throw error;
      forget();
      try {
        await execute(db, ROLL_BACK);
        await execute(db, RELEASE);
      } catch {
        throw error; // the transaction has ended already: the group fails with what ended it
      }
      return () => one.reject(dialect.translate(error));
    }
  }

  async function run(): Promise<void> {
    let last = 0;
    while (waiting.length > 0) {
      // Many write now: those of the next moments come along too, as each transaction has its price. Whoever writes alone never waits.
      if (last > 1) await new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS));
      // Others come together meanwhile. And whoever writes again and again, as a purge does, mustn't keep timers and sockets waiting: SQLite answers without any wait.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      last = group.length;
      const lost = dialect.lost();
      if (lost === undefined) await commit(group);
      else for (const one of group) one.reject(dialect.translate(lost));
    }
    running = null;
  }

  return {
    counts,
    write<T>(writer: Writer<Tx, T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ writer, resolve: resolve as (value: unknown) => void, reject });
        running ??= run();
      });
    },
    /** Resolves when nothing is waiting any more, nor what those have written who were answered meanwhile. */
    async drain(): Promise<void> {
      while (running || settling.size > 0) {
        await (running ?? Promise.all(settling));
        await new Promise<void>((resolve) => setImmediate(resolve)); // whoever was answered may write again
      }
    },
  };
}
