import type { MachineNote } from "../../core/deploy/outcome.ts";
import type { PlannedMachine } from "../../core/deploy/plan.ts";
import type { RebootState } from "../../core/deploy/reboot-state.ts";
import type { MaintenanceWindowSpec } from "../../core/deploy/spec.ts";
import type { DeploymentStatus, MachineStatus } from "../../core/deploy/status.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, insertRows, parseJson, type WriteParts } from "./db.ts";
import { deploymentHeadReads } from "./deployment-heads.ts";
import { machineLockReads, machineLockWrites } from "./machine-locks.ts";
import { withinScopes } from "./scopes.ts";
import { exceptionReads, exceptionWrites } from "./window-exceptions.ts";

export type { MachineLock } from "./machine-locks.ts";
export type { WindowException } from "./window-exceptions.ts";

/** What became of a hook that runs once. */
export interface HookResult {
  at: string;
  what: string;
  ok: boolean;
  message: string;
}

/** One rollout in one occurrence of a maintenance window. */
export interface DeploymentRecord {
  id: string;
  scope: Scope;
  windowId: string;
  window: string;
  /** The window as it was when the plan was made. */
  spec: MaintenanceWindowSpec;
  occurrence: string;
  opensAt: number;
  closesAt: number;
  status: DeploymentStatus;
  /** Why it is where it is, in words. */
  reason: string;
  planHash: string;
  allowedFailures: number;
  /** So many machines had failed when somebody continued it: these halt it no more. */
  forgiven: number;
  requestedBy: string;
  requesterId: string;
  /** Who had last changed what the window does, when the plan was made. */
  changerId: string;
  changedBy: string;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  haltedAt?: number | null;
  jobId: string | null;
  /** Of the window's runbook: the version that was newest when the plan was made. */
  runbookVersion?: number | null;
  /** The same of the runbooks of its hooks, by name; null: it wasn't published. */
  hookVersions?: Readonly<Record<string, number | null>>;
  retryOf: string | null;
  hooks: readonly HookResult[];
}

/** A machine of a deployment: what was planned for it, and what became of it. */
export interface DeploymentMachine {
  deploymentId: string;
  machineId: string;
  name: string;
  wave: number;
  /** In the plan. */
  place: number;
  opensAt: number;
  closesAt: number;
  plan: PlannedMachine;
  status: MachineStatus;
  message: string;
  startedAt: number | null;
  /** When what it was offered in its turn was found to be what was planned; null: nothing is done to it. */
  checkedAt: number | null;
  endedAt: number | null;
  installCommand: string | null;
  rebootCommand: string | null;
  bootIdBefore: string | null;
  bootIdAfter: string | null;
  rebootState: RebootState;
  notes: readonly MachineNote[];
}

/** As it is planned: nothing has been noticed yet. */
export type NewDeploymentMachine = Omit<DeploymentMachine, "notes" | "checkedAt">;

export interface PlanDecision {
  deploymentId: string;
  principalId: string;
  principalName: string;
  planHash: string;
  decision: "approved" | "rejected";
  reason: string;
  at: number;
}

export interface DeploymentFilter {
  scopes: readonly Scope[];
  window?: string;
  statuses?: readonly DeploymentStatus[];
  /** Ids below this one: the cursor of a list that shows the newest first. */
  before?: string;
  limit: number;
}

export function deploymentReads(db: Db) {
  return {
    ...exceptionReads(db),
    ...deploymentHeadReads(db),
    ...machineLockReads(db),
    async get(id: string): Promise<DeploymentRecord | undefined> {
      const row = await db.selectFrom("deployments").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toDeployment(row);
    },
    /** The one that a job carries out. */
    async ofJob(jobId: string): Promise<DeploymentRecord | undefined> {
      const row = await db.selectFrom("deployments").selectAll().where("jobId", "=", jobId).executeTakeFirst();
      return row && toDeployment(row);
    },
    async ofOccurrence(windowId: string, occurrence: string): Promise<DeploymentRecord | undefined> {
      const row = await db.selectFrom("deployments").selectAll().where("windowId", "=", windowId).where("occurrence", "=", occurrence).executeTakeFirst();
      return row && toDeployment(row);
    },
    /** Newest first. */
    async list({ scopes, window, statuses, before, limit }: DeploymentFilter): Promise<DeploymentRecord[]> {
      let query = db.selectFrom("deployments").selectAll().orderBy("id", "desc").limit(limit);
      query = query.where((where) => withinScopes(where, "deployments.scope", scopes));
      if (window !== undefined) query = query.where("window", "=", window);
      if (statuses) query = query.where("status", "in", statuses);
      if (before !== undefined) query = query.where("id", "<", before);
      return (await query.execute()).map(toDeployment);
    },
    /** A page of those in one of these statuses that open by then, earliest first. @param after the last one of the page before */
    async opening(
      statuses: readonly DeploymentStatus[],
      { by, after, limit }: { by: number; after?: Pick<DeploymentRecord, "opensAt" | "id"> | undefined; limit: number },
    ): Promise<DeploymentRecord[]> {
      let query = db.selectFrom("deployments").selectAll().where("status", "in", statuses).where("opensAt", "<=", by);
      if (after)
        query = query.where((where) =>
          where.or([where("opensAt", ">", after.opensAt), where.and([where("opensAt", "=", after.opensAt), where("id", ">", after.id)])]),
        );
      return (await query.orderBy("opensAt").orderBy("id").limit(limit).execute()).map(toDeployment);
    },
    /** In the order of the plan. */
    async machines(deploymentId: string): Promise<DeploymentMachine[]> {
      const rows = await db.selectFrom("deploymentMachines").selectAll().where("deploymentId", "=", deploymentId).orderBy("place").execute();
      return rows.map(toMachine);
    },
    async machine(deploymentId: string, machineId: string): Promise<DeploymentMachine | undefined> {
      const query = db.selectFrom("deploymentMachines").selectAll().where("deploymentId", "=", deploymentId).where("machineId", "=", machineId);
      const row = await query.executeTakeFirst();
      return row && toMachine(row);
    },
    async ofInstall(command: string): Promise<DeploymentMachine | undefined> {
      const row = await db.selectFrom("deploymentMachines").selectAll().where("installCommand", "=", command).executeTakeFirst();
      return row && toMachine(row);
    },
    /** Machines by status: what the error budget is about. */
    async counts(deploymentId: string): Promise<Partial<Record<MachineStatus, number>>> {
      const rows = await db
        .selectFrom("deploymentMachines")
        .select(["status", (fn) => fn.fn.countAll<number | string>().as("count")])
        .where("deploymentId", "=", deploymentId)
        .groupBy("status")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
    },
    /** How many have their turn, and have said that an update failed. */
    async failing(deploymentId: string): Promise<number> {
      const row = await db
        .selectFrom("deploymentMachines")
        .innerJoin("installedUpdates", "installedUpdates.commandId", "deploymentMachines.installCommand")
        .select((fn) => fn.fn.count<number | string>("deploymentMachines.machineId").distinct().as("count"))
        .where("deploymentMachines.deploymentId", "=", deploymentId)
        .where("deploymentMachines.status", "=", "InProgress")
        .where("installedUpdates.status", "=", "Failed")
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    /** Machines by wave and status: how far a rollout is. */
    async progress(deploymentId: string): Promise<{ wave: number; status: MachineStatus; count: number }[]> {
      const rows = await db
        .selectFrom("deploymentMachines")
        .select(["wave", "status", (fn) => fn.fn.countAll<number | string>().as("count")])
        .where("deploymentId", "=", deploymentId)
        .groupBy(["wave", "status"])
        .orderBy("wave")
        .orderBy("status")
        .execute();
      return rows.map(({ wave, status, count }) => ({ wave, status: status as MachineStatus, count: Number(count) }));
    },
    /** A page in the order of the plan. */
    async machinesPage(
      deploymentId: string,
      { after, statuses, limit }: { after?: number; statuses?: readonly MachineStatus[]; limit: number },
    ): Promise<DeploymentMachine[]> {
      let query = db.selectFrom("deploymentMachines").selectAll().where("deploymentId", "=", deploymentId).orderBy("place").limit(limit);
      if (after !== undefined) query = query.where("place", ">", after);
      if (statuses) query = query.where("status", "in", statuses);
      return (await query.execute()).map(toMachine);
    },
    /** Those whose end is known, the last one first. */
    async lastEnded(deploymentId: string, limit: number): Promise<DeploymentMachine[]> {
      const query = db.selectFrom("deploymentMachines").selectAll().where("deploymentId", "=", deploymentId).where("endedAt", "is not", null);
      return (await query.where("status", "!=", "NotIncluded").orderBy("endedAt", "desc").orderBy("place", "desc").limit(limit).execute()).map(toMachine);
    },
    /** Of one window, earliest first. */
    async ofWindow(windowId: string, statuses: readonly DeploymentStatus[], limit: number): Promise<DeploymentRecord[]> {
      const query = db.selectFrom("deployments").selectAll().where("windowId", "=", windowId).where("status", "in", statuses);
      return (await query.orderBy("opensAt").limit(limit).execute()).map(toDeployment);
    },
    async decisions(deploymentId: string): Promise<PlanDecision[]> {
      const rows = await db.selectFrom("deploymentApprovals").selectAll().where("deploymentId", "=", deploymentId).orderBy("at").execute();
      return rows.map((row) => ({ ...row, decision: row.decision as PlanDecision["decision"] }));
    },
  };
}

export function deploymentWrites(parts: WriteParts) {
  const { db, dialect, noteChange } = parts;
  const changed = () => noteChange("deployments");

  /** Until the transaction ends nobody else changes it. */
  async function lock(id: string): Promise<DeploymentRecord | undefined> {
    const row = await dialect.lockRows(db.selectFrom("deployments").selectAll().where("id", "=", id)).executeTakeFirst();
    return row && toDeployment(row);
  }

  return {
    ...deploymentReads(db),
    ...exceptionWrites(parts),
    ...machineLockWrites(parts),
    lock,
    /** @returns false when another engine has made the one of this occurrence */
    async insert({ spec, hooks, hookVersions = {}, ...same }: DeploymentRecord, machines: readonly NewDeploymentMachine[]): Promise<boolean> {
      changed();
      const json = { specJson: JSON.stringify(spec), hooksJson: JSON.stringify(hooks), hookVersionsJson: JSON.stringify(hookVersions) };
      const row = { ...same, haltedAt: same.haltedAt ?? null, runbookVersion: same.runbookVersion ?? null, ...json };
      if (!(await insertRow(parts, "deployments", row, 'on conflict ("windowId", "occurrence") do nothing'))) return false;
      await insertRows(parts, "deploymentMachines", machines.map(rowOf));
      return true;
    },
    /** A new plan in place of the old one: what was approved of that one says nothing about it. */
    async replan(
      id: string,
      {
        spec,
        hookVersions = {},
        ...plan
      }: Pick<
        DeploymentRecord,
        | "planHash"
        | "allowedFailures"
        | "status"
        | "reason"
        | "spec"
        | "opensAt"
        | "closesAt"
        | "requestedBy"
        | "requesterId"
        | "changerId"
        | "changedBy"
        | "runbookVersion"
        | "hookVersions"
      >,
      machines: readonly NewDeploymentMachine[],
    ): Promise<void> {
      changed();
      await db
        .updateTable("deployments")
        .set({ ...plan, specJson: JSON.stringify(spec), hookVersionsJson: JSON.stringify(hookVersions) })
        .where("id", "=", id)
        .execute();
      await db.deleteFrom("deploymentMachines").where("deploymentId", "=", id).execute();
      await insertRows(parts, "deploymentMachines", machines.map(rowOf));
    },
    async patch(
      id: string,
      { hooks, ...fields }: Partial<Pick<DeploymentRecord, "status" | "reason" | "forgiven" | "startedAt" | "endedAt" | "haltedAt" | "jobId" | "hooks">>,
    ): Promise<void> {
      changed();
      await db
        .updateTable("deployments")
        .set({ ...fields, ...(hooks === undefined ? {} : { hooksJson: JSON.stringify(hooks) }) })
        .where("id", "=", id)
        .execute();
    },
    async patchMachine(
      { deploymentId, machineId }: Pick<DeploymentMachine, "deploymentId" | "machineId">,
      fields: Partial<Omit<DeploymentMachine, "deploymentId" | "machineId" | "plan" | "name" | "wave" | "place" | "notes">>,
    ): Promise<void> {
      changed();
      await db.updateTable("deploymentMachines").set(fields).where("deploymentId", "=", deploymentId).where("machineId", "=", machineId).execute();
    },
    /** Adds to what was noticed about a machine; what comes after the hundredth is of no use to anyone. Whoever adds holds the deployment. */
    async note({ deploymentId, machineId, notes }: Pick<DeploymentMachine, "deploymentId" | "machineId" | "notes">, note: MachineNote): Promise<void> {
      changed();
      if (notes.length >= MOST_NOTES) return;
      const update = db.updateTable("deploymentMachines").set({ notesJson: JSON.stringify([...notes, note]) });
      await update.where("deploymentId", "=", deploymentId).where("machineId", "=", machineId).execute();
    },
    /** Nobody else lets a machine reboot until the transaction ends. */
    lockReboots: () => dialect.lockReboots(db),
    /** What of these statuses is left becomes another one. @returns how many */
    async settleRest(deploymentId: string, from: readonly MachineStatus[], to: { status: MachineStatus; message: string; endedAt: number }): Promise<number> {
      changed();
      const done = await db.updateTable("deploymentMachines").set(to).where("deploymentId", "=", deploymentId).where("status", "in", from).executeTakeFirst();
      return Number(done.numUpdatedRows);
    },
    async decide(decision: PlanDecision): Promise<void> {
      changed();
      await db
        .insertInto("deploymentApprovals")
        .values(decision)
        .onConflict((conflict) =>
          conflict.columns(["deploymentId", "principalId", "planHash"]).doUpdateSet({ decision: decision.decision, reason: decision.reason, at: decision.at }),
        )
        .execute();
    },
    /** Those that ended before, a part at a time. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = await db.selectFrom("deployments").select("id").where("endedAt", "<", before).orderBy("endedAt").limit(limit).execute();
      const ids = old.map(({ id }) => id);
      if (ids.length === 0) return 0;
      for (const table of ["deploymentMachines", "deploymentApprovals", "machineLocks"] as const)
        await db.deleteFrom(table).where("deploymentId", "in", ids).execute();
      await db.deleteFrom("deployments").where("id", "in", ids).execute();
      return ids.length;
    },
  };
}

const toDeployment = ({ specJson, hooksJson, hookVersionsJson, status, ...row }: Schema["deployments"]): DeploymentRecord => ({
  ...row,
  status: status as DeploymentStatus,
  spec: parseJson(specJson),
  hooks: parseJson(hooksJson),
  hookVersions: parseJson(hookVersionsJson),
});

const MOST_NOTES = 100;

const rowOf = ({ plan, ...machine }: NewDeploymentMachine): Schema["deploymentMachines"] => ({
  ...machine,
  checkedAt: null,
  planJson: JSON.stringify(plan),
  notesJson: "[]",
});

const toMachine = ({ planJson, notesJson, status, rebootState, ...row }: Schema["deploymentMachines"]): DeploymentMachine => ({
  ...row,
  notes: parseJson(notesJson),
  status: status as MachineStatus,
  rebootState: rebootState as RebootState,
  plan: parseJson(planJson),
});
