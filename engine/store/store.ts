import { join } from "node:path";
import type { Transaction } from "kysely";
import type { ChangeKind } from "../core/change.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Dialect } from "./dialect.ts";
import { createGroupCommit, type Group } from "./group-commit.ts";
import { migrate, ping, SCHEMA_VERSION } from "./migrations/migrate.ts";
import { createNotes, type Notice } from "./notices.ts";
import { createPacedCall } from "./paced-call.ts";
import { openPostgres } from "./postgres/dialect.ts";
import { type ActivityEntry, activityPurge, activityReads, createActivityBuffer } from "./records/activity.ts";
import { approvalReads, approvalWrites } from "./records/approvals.ts";
import { assetReads, assetWrites } from "./records/assets.ts";
import { commandReads, commandWrites } from "./records/commands.ts";
import { dailyFigureReads, dailyFigureWrites } from "./records/daily-figures.ts";
import type { Db, WriteParts } from "./records/db.ts";
import { deliveryReads, deliveryWrites } from "./records/deliveries.ts";
import { deploymentReads, deploymentWrites } from "./records/deployments.ts";
import { eventReads, eventWrites } from "./records/events.ts";
import { firstSeenReads, firstSeenWrites } from "./records/first-seen.ts";
import { fleetReads } from "./records/fleet.ts";
import { happeningReads, happeningWrites } from "./records/happenings.ts";
import { installDurationReads } from "./records/install-durations.ts";
import { installReads, installWrites } from "./records/installs.ts";
import { waitWrites } from "./records/job-waits.ts";
import { jobReads, jobWrites } from "./records/jobs.ts";
import { journalReads, journalWrites } from "./records/journal.ts";
import { judgingReads, judgingWrites } from "./records/judgings.ts";
import { machineReads, machineWrites } from "./records/machines.ts";
import { metaReads, metaWrites } from "./records/meta.ts";
import { occurrenceReads, occurrenceWrites } from "./records/occurrences.ts";
import { offerReads } from "./records/offers.ts";
import { principalReads, principalWrites } from "./records/principals.ts";
import { resourceReads, resourceWrites } from "./records/resources.ts";
import { runbookReads, runbookWrites } from "./records/runbooks.ts";
import { timerReads, timerWrites } from "./records/schedule-timers.ts";
import { scopeCountReads } from "./records/scope-counts.ts";
import { solutionReads, solutionWrites } from "./records/solutions.ts";
import { standingReads, standingWrites, writeStandings } from "./records/standings.ts";
import { streamReads, streamWrites } from "./records/streams.ts";
import { updateReads, updateWrites } from "./records/updates.ts";
import { verdictReads, verdictWrites } from "./records/verdicts.ts";
import { vulnerabilityReads, vulnerabilityWrites } from "./records/vulnerabilities.ts";
import { webhookTokenReads, webhookTokenWrites } from "./records/webhook-tokens.ts";
import { windowTimerReads, windowTimerWrites } from "./records/window-timers.ts";
import { wrappedKeyReads, wrappedKeyWrites } from "./records/wrapped-keys.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot, SnapshotRequest } from "./snapshot.ts";
import { openSqlite } from "./sqlite/dialect.ts";
import { lockDirectory } from "./sqlite/lock.ts";

/** Committed records. */
export type Reads = ReturnType<typeof reads>;
/** The same within a transaction, and what changes them. */
export type Writes = ReturnType<typeof writes>;

/**
 * The records of an engine. SQLite and PostgreSQL behave the same; one contract suite (test/contract) holds both to it.
 */
export interface Store {
  read: Reads;
  /**
   * Runs `writer` in a transaction and answers after its commit. Writers of the same tick share one transaction (group commit), in the
   * order in which they came; one that throws is undone alone. It may run again after a deadlock: it must touch nothing but `tx`.
   * @throws what the writer threw; DISK_FULL, DATABASE_DAMAGED, DATABASE_UNAVAILABLE
   */
  write<T>(writer: (tx: Writes) => Promise<T>): Promise<T>;
  /**
   * The same in a transaction of its own, for what may take long: where the database can do both, the writes of others don't wait for it. One after the other.
   * What it locks is locked until its end: it is for rows that nobody needs in a hurry.
   */
  writeApart<T>(writer: (tx: Writes) => Promise<T>): Promise<T>;
  /**
   * Calls `listener` with what other engines of the same database have committed, and each second with `everything`: notices are hints, and get lost.
   * A database of one engine has nothing to tell. @returns ends the listening
   */
  onNotice(listener: (notice: Notice) => void): () => void;
  /** Calls `listener` after each commit here that has put something into the queue. */
  onQueued(listener: () => void): void;
  /** Calls `listener` after each commit here that has changed a resource, given a schedule another time, or told something that event rules may ask for. */
  onTriggered(listener: () => void): void;
  /** The same for whoever has much to look at then: at once, and of all that follows within a moment once more. */
  onDue(listener: () => void): void;
  /** Calls `listener` after each commit, here or by another engine, that has changed records of some kind that people look at. @returns ends the listening */
  onChanged(listener: (kinds: readonly ChangeKind[]) => void): () => void;
  /**
   * Resolves when all that can be read now survives a power cut: for whoever answers for what somebody else has written. Readers may see a commit while it is on the way to the disk.
   * @throws DATABASE_UNAVAILABLE
   */
  durable(): Promise<void>;
  /** Whether the database answers, and is one that this code can work with. @throws DATABASE_UNAVAILABLE and its like, DATABASE_NEWER */
  ping(): Promise<void>;
  describe(): { kind: "sqlite" | "postgres"; schemaVersion: number; groups: number; writers: number };
  /**
   * Copies all records as of one moment to a file, while others write, and checks the copy. Who asks removes what a failure leaves.
   * @throws DISK_FULL, DATABASE_DAMAGED, DATABASE_UNAVAILABLE, TOOL_MISSING; whatever the signal was given
   */
  snapshot(request: SnapshotRequest): Promise<Snapshot>;
  /** Commits what waits, then closes. */
  stop(): Promise<void>;
}

/**
 * @param address `sqlite:DIR` (a folder of its own, locked), `memory:` or `postgres://…`
 * @throws DATABASE_LOCKED, DATABASE_NEWER, DATABASE_DAMAGED, DATABASE_UNAVAILABLE, CONFIG_INVALID
 */
export async function openStore(address: string): Promise<Store> {
  if (address === "memory:") return start(openSqlite(":memory:"));
  if (/^postgres(ql)?:\/\//.test(address)) return start(openPostgres(address));
  if (!address.startsWith("sqlite:"))
    throw new RunwrightError("CONFIG_INVALID", `database address "${address.split(":")[0]}:…" must begin with sqlite:, memory: or postgres://`);
  const directory = address.slice("sqlite:".length);
  const lock = lockDirectory(directory);
  try {
    const store = await start(openSqlite(join(directory, "runwright.db")));
    return {
      ...store,
      async stop() {
        await store.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Between two looks at what triggers tell of, milliseconds. */
const DUE_GAP_MS = 50;

async function start(dialect: Dialect): Promise<Store> {
  const opened = async () => {
    const version = await migrate(dialect.writer, dialect);
    await dialect.flush();
    return version;
  };
  const schemaVersion = await opened().catch(async (error) => {
    await dialect.stop();
    throw dialect.translate(error);
  });
  const onQueued: (() => void)[] = [];
  const onTriggered: (() => void)[] = [];
  const due = createPacedCall(DUE_GAP_MS);
  const watchers = new Set<(kinds: readonly ChangeKind[]) => void>();
  function enter(db: Transaction<Schema>): Group<Writes> {
    const activity = createActivityBuffer();
    const notes = createNotes();
    let notice: Notice | undefined;
    let changed: ChangeKind[] = [];
    return {
      tx: writes({ db, dialect, ...notes }, activity.append),
      mark: activity.mark,
      async leave() {
        await writeStandings({ db, dialect }, notes.standings());
        if (await activity.flush(db, dialect)) notes.noteChange("activity");
        notice = notes.taken();
        if (notice) await dialect.announce(db, notice);
        changed = notes.changed();
        if (changed.length > 0) await dialect.announceChanges(db, changed);
      },
      committed() {
        if (notice?.queued) for (const listener of onQueued) listener();
        if (notice?.triggered) {
          for (const listener of onTriggered) listener();
          due.call();
        }
        if (changed.length > 0) for (const watcher of watchers) watcher(changed);
      },
    };
  }
  const commits = createGroupCommit<Writes>({ dialect, enter });
  const apart = createGroupCommit<Writes>({ dialect, enter, maxGroup: 1 });
  return {
    read: allGuarded(reads(dialect.reader), dialect),
    write: commits.write,
    writeApart: apart.write,
    onNotice: dialect.listen,
    onQueued: (listener) => void onQueued.push(listener),
    onTriggered: (listener) => void onTriggered.push(listener),
    onDue: due.listen,
    onChanged(listener) {
      watchers.add(listener);
      const end = dialect.listenForChanges(listener);
      return () => {
        end();
        watchers.delete(listener);
      };
    },
    ping: guarded(() => ping(dialect.reader), dialect),
    durable: guarded(dialect.flush, dialect),
    describe: () => ({ kind: dialect.kind, schemaVersion, ...commits.counts }),
    snapshot: dialect.snapshot,
    async stop() {
      await apart.drain();
      await commits.drain();
      due.stop();
      await dialect.stop();
    },
  };
}

export { SCHEMA_VERSION };

function reads(db: Db) {
  return {
    meta: metaReads(db),
    principals: principalReads(db),
    assets: assetReads(db),
    runbooks: runbookReads(db),
    jobs: jobReads(db),
    journal: journalReads(db),
    streams: streamReads(db),
    approvals: approvalReads(db),
    events: eventReads(db),
    resources: resourceReads(db),
    solutions: solutionReads(db),
    timers: timerReads(db),
    occurrences: occurrenceReads(db),
    happenings: happeningReads(db),
    webhookTokens: webhookTokenReads(db),
    deliveries: deliveryReads(db),
    deployments: deploymentReads(db),
    windowTimers: windowTimerReads(db),
    installDurations: installDurationReads(db),
    activity: activityReads(db),
    machines: machineReads(db),
    commands: commandReads(db),
    updates: updateReads(db),
    installs: installReads(db),
    vulnerabilities: vulnerabilityReads(db),
    verdicts: verdictReads(db),
    firstSeen: firstSeenReads(db),
    judgings: judgingReads(db),
    wrappedKeys: wrappedKeyReads(db),
    fleet: fleetReads(db),
    standings: standingReads(db),
    offers: offerReads(db),
    dailyFigures: dailyFigureReads(db),
    scopeCounts: scopeCountReads(db),
  };
}

function writes(parts: WriteParts, append: (entry: ActivityEntry) => void) {
  const { db } = parts;
  return {
    meta: metaWrites(parts),
    principals: principalWrites(parts),
    assets: assetWrites(parts),
    runbooks: runbookWrites(parts),
    jobs: jobWrites(parts),
    journal: journalWrites(parts),
    streams: streamWrites(parts),
    waits: waitWrites(parts),
    approvals: approvalWrites(parts),
    events: eventWrites(parts),
    resources: resourceWrites(parts),
    solutions: solutionWrites(parts),
    timers: timerWrites(parts),
    occurrences: occurrenceWrites(parts),
    happenings: happeningWrites(parts),
    webhookTokens: webhookTokenWrites(parts),
    deliveries: deliveryWrites(parts),
    deployments: deploymentWrites(parts),
    windowTimers: windowTimerWrites(parts),
    installDurations: installDurationReads(db),
    activity: { ...activityReads(db), ...activityPurge(db), append },
    machines: machineWrites(parts),
    commands: commandWrites(parts),
    updates: updateWrites(parts),
    installs: installWrites(parts),
    vulnerabilities: vulnerabilityWrites(parts),
    verdicts: verdictWrites(parts),
    firstSeen: firstSeenWrites(parts),
    judgings: judgingWrites(parts),
    wrappedKeys: wrappedKeyWrites(parts),
    fleet: fleetReads(db),
    standings: standingWrites(parts),
    offers: offerReads(db),
    dailyFigures: dailyFigureWrites(parts),
    scopeCounts: scopeCountReads(db),
  };
}

/**
 * The same function, whose rejections are errors of the catalogue where the database's own are known. It isn't asked any more once the disk has failed: what was refused would
 * be shown as if it were stored.
 */
function guarded<Arguments extends unknown[], Answer>(fn: (...args: Arguments) => Promise<Answer>, dialect: Dialect) {
  return async (...args: Arguments): Promise<Answer> => {
    try {
      const lost = dialect.lost();
      if (lost !== undefined) throw lost;
      return await fn(...args);
    } catch (error) {
      throw dialect.translate(error);
    }
  };
}

function allGuarded<Records extends Record<string, object>>(records: Records, dialect: Dialect): Records {
  const wrapAll = (group: object) => Object.fromEntries(Object.entries(group).map(([name, fn]) => [name, guarded(fn, dialect)]));
  return Object.fromEntries(Object.entries(records).map(([name, group]) => [name, wrapAll(group)])) as Records;
}
