import { sql } from "kysely";
import type { CommandStatus } from "../../core/machine.ts";
import type { Actor } from "../../core/role.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parseJson, prepared, type WriteParts } from "./db.ts";

/**
 * A command for one machine. Arguments, result and output are sealed with its key: what they say is for the fleet to know.
 * Invariant: the row is committed before the frame is sent.
 */
export interface CommandRecord {
  id: string;
  machineId: string;
  action: string;
  /** Data key, sealed with the master key. */
  wrappedKey: Uint8Array;
  args: Uint8Array;
  status: CommandStatus;
  result: Uint8Array | null;
  jobId: string | null;
  actor: Actor;
  correlationId: string;
  createdAt: number;
  deadlineAt: number;
  sentAt: number | null;
  acknowledgedAt: number | null;
  endedAt: number | null;
}

/** What is known of a command without opening it. */
export type CommandHead = Omit<CommandRecord, "wrappedKey" | "args" | "result">;
/** Place in a list that shows the newest first. */
export type CommandPlace = Pick<CommandRecord, "createdAt" | "id">;
/** Whether those are left out that have a record of what they installed. */
export type CommandsApart = "none" | "installs";

export interface OutputChunk {
  commandId: string;
  seq: number;
  stream: "stdout" | "stderr";
  chunk: Uint8Array;
  at: number;
}

const IDS_AT_ONCE = 1_000;
const HEAD = [
  ...(["id", "machineId", "action", "status", "jobId", "actorJson", "correlationId"] as const),
  ...(["createdAt", "deadlineAt", "sentAt", "acknowledgedAt", "endedAt"] as const),
] as const;

const leading = prepared((db, machineId: string, since: number) =>
  db
    .selectFrom("commands")
    .innerJoin("jobs", "jobs.id", "commands.jobId")
    .select(["jobs.correlationId", "jobs.depth"])
    .where("commands.machineId", "=", machineId)
    .where("commands.createdAt", ">=", since)
    .where("commands.jobId", "is not", null)
    .orderBy("jobs.depth", "desc")
    .orderBy("commands.createdAt", "desc")
    .limit(1),
);

export function commandReads(db: Db) {
  return {
    async get(id: string): Promise<CommandRecord | undefined> {
      const row = await db.selectFrom("commands").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toCommand(row);
    },
    /** Not ended, oldest first. */
    async open(machineId: string): Promise<CommandRecord[]> {
      const rows = await db
        .selectFrom("commands")
        .selectAll()
        .where("machineId", "=", machineId)
        .where("endedAt", "is", null)
        .orderBy("createdAt")
        .orderBy("id")
        .execute();
      return rows.map(toCommand);
    },
    /** Sent, and ended without a word of the machine, which may be at it still. @param since their deadlines */
    async unheard(machineId: string, since: number): Promise<CommandRecord[]> {
      const unheard = db.selectFrom("commands").selectAll().where("machineId", "=", machineId).where("unheard", "=", sql.lit(1));
      return (await unheard.where("deadlineAt", ">", since).execute()).map(toCommand);
    },
    /** Those of one job that haven't ended. */
    async openOfJob(jobId: string): Promise<CommandRecord[]> {
      const rows = await db.selectFrom("commands").selectAll().where("jobId", "=", jobId).where("endedAt", "is", null).execute();
      return rows.map(toCommand);
    },
    /** Those of one job, oldest first, without what they say: with the name of their machine. */
    async tracedOfJob(jobId: string, limit: number) {
      return db
        .selectFrom("commands")
        .innerJoin("machines", "machines.id", "commands.machineId")
        .select(["commands.id", "machines.name as machine", "action", "status", "commands.createdAt", "sentAt", "acknowledgedAt", "endedAt"])
        .where("commands.jobId", "=", jobId)
        .orderBy("commands.createdAt")
        .limit(limit)
        .execute();
    },
    async expired(now: number): Promise<CommandRecord[]> {
      const rows = await db.selectFrom("commands").selectAll().where("endedAt", "is", null).where("deadlineAt", "<", now).limit(500).execute();
      return rows.map(toCommand);
    },
    /** Of these commands, those that have ended. */
    async ended(ids: readonly string[]): Promise<CommandRecord[]> {
      const found: CommandRecord[] = [];
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
        const some = ids.slice(from, from + IDS_AT_ONCE);
        found.push(...(await db.selectFrom("commands").selectAll().where("id", "in", some).where("endedAt", "is not", null).execute()).map(toCommand));
      }
      return found;
    },
    /** Machines with commands that weren't sent yet. */
    async machinesToServe(): Promise<string[]> {
      const rows = await db
        .selectFrom("commands")
        .select("machineId")
        .distinct()
        .where("endedAt", "is", null)
        .where("status", "=", sql.lit("queued"))
        .execute();
      return rows.map((row) => row.machineId);
    },
    /** Of one machine, newest first, without what is sealed in them. */
    async heads(machineId: string, { before, apart, limit }: { before: CommandPlace | null; apart: CommandsApart; limit: number }): Promise<CommandHead[]> {
      let query = db.selectFrom("commands").select(HEAD).where("machineId", "=", machineId).orderBy("createdAt", "desc").orderBy("id", "desc").limit(limit);
      if (before)
        query = query.where((eb) =>
          eb.or([eb("createdAt", "<", before.createdAt), eb.and([eb("createdAt", "=", before.createdAt), eb("id", "<", before.id)])]),
        );
      if (apart === "installs")
        query = query.where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom("installs").select("commandId").whereRef("installs.commandId", "=", "commands.id"))),
        );
      return (await query.execute()).map(({ actorJson, status, ...row }) => ({ ...row, status: status as CommandStatus, actor: parseJson(actorJson) }));
    },
    /** Newest first. */
    async list({ machineId, limit }: { machineId: string; limit: number }): Promise<CommandRecord[]> {
      const rows = await db.selectFrom("commands").selectAll().where("machineId", "=", machineId).orderBy("createdAt", "desc").limit(limit).execute();
      return rows.map(toCommand);
    },
    /**
     * What led to what a machine does: of the jobs that have sent it commands since then, the one that most triggers led to. Not the newest: a job that looks at
     * all machines now and then would hide a loop.
     */
    async ledBy(machineId: string, since: number): Promise<{ correlationId: string; depth: number } | undefined> {
      return (await leading(db, machineId, since))[0];
    },
    async output(commandId: string, { after, limit }: { after: number; limit: number }): Promise<OutputChunk[]> {
      return (await db
        .selectFrom("commandOutput")
        .selectAll()
        .where("commandId", "=", commandId)
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(limit)
        .execute()) as OutputChunk[];
    },
  };
}

export function commandWrites({ db, dialect, noteCommand, noteMachine }: WriteParts) {
  return {
    ...commandReads(db),
    /** What is read stays true until the transaction ends, whatever other engines want of it. */
    async hold(id: string): Promise<CommandRecord | undefined> {
      const row = await dialect.lockRows(db.selectFrom("commands").selectAll().where("id", "=", id)).executeTakeFirst();
      return row && toCommand(row);
    },
    /** @returns false when a command with this id exists already: asking again is harmless. */
    async insert({ actor, ...command }: CommandRecord): Promise<boolean> {
      const done = await db
        .insertInto("commands")
        .values({ ...command, unheard: 0, actorJson: JSON.stringify(actor) })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .executeTakeFirst();
      const isNew = (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
      if (isNew) noteMachine(command.machineId);
      return isNew;
    },
    async patch(
      id: string,
      {
        unheard,
        ...fields
      }: Partial<Pick<CommandRecord, "status" | "result" | "deadlineAt" | "sentAt" | "acknowledgedAt" | "endedAt">> & { unheard?: boolean },
    ): Promise<void> {
      await db
        .updateTable("commands")
        .set({ ...fields, ...(unheard === undefined ? {} : { unheard: unheard ? 1 : 0 }) })
        .where("id", "=", id)
        .execute();
      if (fields.endedAt) noteCommand(id);
    },
    /** The machine is in another boot: whatever was to end the one before is over. */
    async rebooted(machineId: string): Promise<void> {
      const unheard = db.updateTable("commands").set({ unheard: 0 }).where("machineId", "=", machineId).where("unheard", "=", sql.lit(1));
      await unheard.where("action", "=", sql.lit("reboot")).execute();
    },
    /** Chunks that are there already are passed over: an agent sends again what wasn't confirmed. */
    async appendOutput(output: readonly OutputChunk[]): Promise<void> {
      for (const chunk of chunks(output, dialect.maxParameters)) {
        await db
          .insertInto("commandOutput")
          .values(chunk)
          .onConflict((conflict) => conflict.columns(["commandId", "seq"]).doNothing())
          .execute();
      }
    },
  };
}

function toCommand({ actorJson, unheard: _, ...row }: Schema["commands"]): CommandRecord {
  return { ...row, status: row.status as CommandStatus, actor: parseJson(actorJson) };
}
