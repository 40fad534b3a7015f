import { type CallId, callKey } from "../../../engine/core/call-id.ts";
import type { PlannedUpdate } from "../../../engine/core/deploy/plan.ts";
import type { MaintenanceWindowSpec } from "../../../engine/core/deploy/spec.ts";
import { RunwrightError } from "../../../engine/core/errors.ts";
import type { Freezing } from "../../../engine/core/freeze.ts";
import type { InstalledUpdate, InstallReport } from "../../../engine/core/install.ts";
import type { RollbackReport } from "../../../engine/core/rollback.ts";
import { createIds } from "../../../engine/ids.ts";
import type { DeploymentRecord, NewDeploymentMachine } from "../../../engine/store/records/deployments.ts";
import type { MachineRecord } from "../../../engine/store/records/machines.ts";
import { openStore, type Store } from "../../../engine/store/store.ts";
import { createEnrichment } from "../../../engine/updates/enrichment.ts";
import { type Ended, recordInstall } from "../../../engine/updates/install-history.ts";
import { createIntake } from "../../../engine/updates/intake.ts";
import { reconcileLateReport } from "../../../engine/updates/rollout/late-reports.ts";
import { letGoAtLast } from "../../../engine/updates/rollout/lock-holder.ts";
import type { MachineCall, RolloutCall, RolloutDeed, RolloutParts } from "../../../engine/updates/rollout/ports.ts";
import { createRollout } from "../../../engine/updates/rollout/rollout.ts";
import { requireUnheld } from "../../../engine/updates/rollout/unheld.ts";
import { aCommand } from "../../contract/rows.ts";
import { testClock } from "../../support/clock.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "../reports.ts";

export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const JOB = "job_rollout";
const ACTOR = { id: "prn_1", kind: "user" as const, name: "ada", grants: [] };

/** What one machine answers; what is left out goes well. */
export interface Script {
  /** Version of `bash` that is offered; null: none. */
  offered?: string | null;
  /** Whether what is offered is held on it. */
  held?: boolean;
  assess?: () => void;
  install?: (request: Parameters<RolloutParts["machines"]["install"]>[1]) => Partial<InstallReport> | Promise<Partial<InstallReport>>;
  reboot?: (request: Parameters<RolloutParts["machines"]["reboot"]>[1]) => string | Promise<string>;
  rollback?: () => Partial<RollbackReport> | Promise<Partial<RollbackReport>>;
  exec?: (argv: readonly string[]) => { exitCode: number; stdout?: string; stderr?: string };
}

export const planned = (name = "bash", more: Partial<PlannedUpdate> = {}): PlannedUpdate => ({
  ...{ name, architecture: "amd64", fromVersion: "1.0", version: "1.1", classification: "security", severity: "important", reboot: "never" },
  expected: { p50: MINUTE, p95: 2 * MINUTE, basis: "update", samples: 9 },
  ...more,
});

export const installed = (name = "bash", status: InstalledUpdate["status"] = "Succeeded", message = ""): InstalledUpdate => ({
  ...{ name, architecture: "amd64", version: "1.1", fromVersion: "1.0", status, message, startedAt: 1, endedAt: 2 },
});

/** So much longer than it may take is a result waited for. */
const RESULT_GRACE_MS = 15 * MINUTE;
const BASH = { name: "bash", architecture: "amd64", version: "1.1" };

/** A store with machines and deployments, and machines that answer as a test says. Time stands still. */
export async function world(open: () => Promise<Store> = () => openStore("memory:")) {
  const store = await open();
  const clock = testClock("2026-03-01T22:00:00Z");
  const intake = createIntake({ store, clock, newId: createIds(clock), enrichment: createEnrichment({ orders: {} }) });
  const scripts = new Map<string, Script>();
  const asked: string[] = [];
  const commands: string[] = [];
  const deeds: RolloutDeed[] = [];
  const freezing: { now: Freezing | undefined } = { now: undefined };
  let sequence = 0;
  let calls = 0;

  async function report(
    machineId: string,
    { offered = "1.1", held = false, rebootPending = false }: { offered?: string | null | undefined; held?: boolean | undefined; rebootPending?: boolean } = {},
  ) {
    const updates = offered === null ? [] : ["bash", "openssl", "linux-image"].map((name) => anUpdate(name, offered, { held }));
    const packages = ["bash", "openssl", "linux-image"].map((name) => aPackage(name));
    await intake.take(machineId, reportOf(++sequence, anInventory(clock.now(), { updates, installed: packages, rebootPending })));
  }
  const script = (machineId: string): Script => scripts.get(machineId) ?? {};
  /** As the engine does when a command begins; its machine has taken it. */
  async function send({ id, machineId }: Pick<MachineCall, "id" | "machineId">, action: string, timeoutMs: number) {
    const [at, deadlineAt] = [clock.now(), clock.now() + timeoutMs + RESULT_GRACE_MS];
    const command = aCommand({ id: callKey(id), machineId, action, jobId: id.jobId, createdAt: at, sentAt: at, acknowledgedAt: at, deadlineAt });
    await store.write((tx) => tx.commands.insert({ ...command, status: "acknowledged" }));
  }
  /** As the engine does when a command ends. */
  async function end(commandId: string, machineId: string, outcome: Ended, args: object) {
    const at = clock.now();
    await store.write(async (tx) => {
      const sent = (await tx.commands.get(commandId)) ?? aCommand({ id: commandId, machineId, action: "install", jobId: JOB });
      const isTaken = outcome.status === "completed" || outcome.error.code !== "AGENT_OFFLINE";
      const untaken = isTaken ? {} : { sentAt: null, acknowledgedAt: null };
      const command = { ...sent, ...untaken };
      const isGivenUp = outcome.status === "expired" || (outcome.status === "failed" && outcome.error.code === "COMMAND_CANCELLED");
      await tx.commands.patch(commandId, { status: outcome.status, endedAt: at, unheard: isGivenUp && command.sentAt !== null, ...untaken });
      const ended = { command, args: () => args, outcome, at };
      await recordInstall(tx, ended);
      await reconcileLateReport(tx, ended);
      await letGoAtLast(tx, ended);
    });
  }
  /** @throws what the script does, which is how the command has ended */
  async function performed<T>({ id, machineId }: MachineCall, args: object, work: () => T | Promise<T>): Promise<T> {
    try {
      const value = await work();
      await end(callKey(id), machineId, { status: "completed", value }, args);
      return value;
    } catch (error) {
      if (!(error instanceof RunwrightError)) throw error;
      const { code, message } = error;
      const status = code === "COMMAND_EXPIRED" || code === "AGENT_OFFLINE" ? "expired" : "failed";
      await end(callKey(id), machineId, { status, error: { code, message } }, args);
      throw error;
    }
  }
  const reportFor = (updates: readonly { name: string }[], given: Partial<InstallReport> = {}): InstallReport => ({
    ...{ packageManager: "apt", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "/var/log/1.log" },
    updates: updates.map(({ name }) => installed(name)),
    ...given,
  });

  const machines: RolloutParts["machines"] = {
    async assess({ machineId }) {
      asked.push(`assess ${machineId}`);
      script(machineId).assess?.();
      await report(machineId, { offered: script(machineId).offered, held: script(machineId).held });
    },
    async install(call, request) {
      const { id, machineId } = call;
      asked.push(`install ${machineId}`);
      commands.push(`install ${machineId} ${callKey(id)}`);
      await send(call, "install", request.timeoutMs);
      return performed(call, request, async () => reportFor(request.updates, await script(machineId).install?.(request)));
    },
    async rollback(call, { updates, plan, timeoutMs }) {
      const { id, machineId } = call;
      asked.push(`${plan ? "plan" : "rollback"} ${machineId}`);
      if (!plan) commands.push(`rollback ${machineId} ${callKey(id)}`);
      const rows = updates.map((update) => ({ ...update, status: plan ? ("NotStarted" as const) : ("Succeeded" as const), message: "" }));
      const well = { packageManager: "apt", updates: rows, rebootPending: false, repairs: [], resumed: 0, logFile: "" };
      await send(call, "rollback", timeoutMs);
      return performed(call, { updates, plan }, async () => ({ ...well, ...(await script(machineId).rollback?.()) }));
    },
    async reboot(call, request) {
      const { id, machineId } = call;
      asked.push(`reboot ${machineId}`);
      commands.push(`reboot ${machineId} ${callKey(id)}`);
      await send(call, "reboot", request.timeoutMs);
      return performed(call, {}, async () => {
        const bootId = (await script(machineId).reboot?.(request)) ?? "boot-2";
        await setMachine(machineId, { facts: factsOf(machineId, bootId) });
        return { bootIdBefore: "boot-1", bootId };
      });
    },
    async exec({ machineId, part }, argv) {
      asked.push(`${part} ${machineId} ${argv.join(" ")}`);
      return { stdout: "", stderr: "", ...(script(machineId).exec?.(argv) ?? { exitCode: 0 }) };
    },
  };
  const hookJobs: RolloutParts["hookJobs"] = {
    async start(_, { runbook, version }, params) {
      asked.push(`hook ${runbook}@${version} ${JSON.stringify(params)}`);
      return { id: `job_${runbook}`, createdAt: clock.now() };
    },
    wait: async (jobId, signal) => {
      if (jobId !== "job_hangs") return { status: jobId === "job_fails" ? "failed" : "completed", message: "it broke" };
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    },
    async stop(jobId) {
      asked.push(`stop ${jobId}`);
    },
  };
  const factsOf = (id: string, bootId: string) => {
    const { facts } = aMember(id, id);
    return facts && { ...facts, bootId };
  };
  const setMachine = (id: string, fields: Partial<MachineRecord>) => store.write((tx) => tx.machines.patch(id, fields));
  const parts: RolloutParts = {
    store,
    clock,
    machines,
    hookJobs,
    freezes: { at: async () => freezing.now },
    audit: (_, deed) => void deeds.push(deed),
  };

  const rollout = createRollout(parts);
  return {
    store,
    clock,
    parts,
    rollout,
    /** How an install ended; one that wasn't allowed yet says why. */
    async installEnds(call: RolloutCall, machineId: string): Promise<string> {
      const answer = await rollout.install(call, machineId);
      return "again" in answer ? answer.message : answer.end;
    },
    scripts,
    /** What machines and jobs were asked to do, in order. */
    asked,
    /** Ids of what changes machines, in order; a machine executes each once. */
    commands,
    deeds,
    freezing,
    report,
    setMachine,
    reboots: (id: string, bootId: string) => setMachine(id, { facts: factsOf(id, bootId) }),
    end,
    /** What a job asks by itself as it stores a command. */
    requireUnheld: (id: CallId, machineId: string) => store.write((tx) => requireUnheld(tx, id, { machineId, at: clock.now() })),
    /** A report that comes when nobody waits any more. */
    lateReport: (commandId: string, machineId: string, given: Partial<InstallReport> = {}) =>
      end(commandId, machineId, { status: "completed", value: reportFor([{ name: "bash" }], given) }, { updates: [BASH] }),
    /** A new call of the job; the same object again is the same call. */
    call: (deploymentId = "dpl_1", jobId = JOB): RolloutCall => ({
      id: { jobId, call: ++calls, retry: 0 },
      deploymentId,
      onBehalfOf: { jobId, actor: ACTOR, correlationId: "c" },
      signal: new AbortController().signal,
    }),
    async addMachine(id: string, tags: Record<string, string> = {}) {
      await store.write((tx) => tx.machines.insert(aMember(id, id, { tags, scope: "/prod" })));
    },
    /** A deployment that runs, with these machines in one wave; made if they aren't there. */
    async deploy(
      ids: readonly string[],
      {
        spec = {},
        updates = [planned()],
        id = "dpl_1",
        jobId = JOB,
        ...more
      }: Partial<Omit<DeploymentRecord, "spec">> & { spec?: Partial<MaintenanceWindowSpec>; updates?: PlannedUpdate[] } = {},
    ) {
      const opensAt = clock.now();
      const closesAt = opensAt + 2 * HOUR;
      const expected = { p50: MINUTE, p95: 2 * MINUTE * Math.max(1, updates.length) };
      const record: DeploymentRecord = {
        ...{ id, scope: "/prod", windowId: `win_${id}`, window: "nightly", occurrence: "2026-03-01T22:00", opensAt, closesAt, status: "running", reason: "" },
        ...{
          planHash: "f".repeat(64),
          allowedFailures: 0,
          forgiven: 0,
          requestedBy: "ada",
          requesterId: "prn_1",
          changerId: "prn_1",
          changedBy: "ada",
          createdAt: opensAt,
          startedAt: opensAt,
          endedAt: null,
        },
        ...{ jobId, retryOf: null, hooks: [], hookVersions: Object.fromEntries((spec.hooks ?? []).map(({ runbook = "" }) => [runbook, 3])), ...more },
        spec: { timeZone: "UTC", duration: "2h", ...spec },
      };
      const rows = ids.map(
        (machineId, place): NewDeploymentMachine => ({
          ...{
            deploymentId: id,
            machineId,
            name: machineId,
            wave: 0,
            place,
            opensAt: record.opensAt,
            closesAt: record.closesAt,
            status: "NotStarted",
            message: "",
          },
          plan: { id: machineId, name: machineId, wave: 0, startsAt: opensAt, expected, reboot: "possible", updates, left: [] },
          ...{ startedAt: null, endedAt: null, installCommand: null, rebootCommand: null, bootIdBefore: null, bootIdAfter: null, rebootState: "NotNeeded" },
        }),
      );
      for (const machineId of ids) if (!(await store.read.machines.get(machineId))) await this.addMachine(machineId);
      await store.write((tx) => tx.deployments.insert(record, rows));
      for (const machineId of ids) await report(machineId);
    },
    deployment: async (id = "dpl_1") => {
      const found = await store.read.deployments.get(id);
      if (!found) throw new Error(`there is no deployment ${id}`);
      return found;
    },
    machine: async (machineId: string, id = "dpl_1") => {
      const found = await store.read.deployments.machine(id, machineId);
      if (!found) throw new Error(`there is no machine ${machineId}`);
      return found;
    },
    stop: () => store.stop(),
  };
}
export type World = Awaited<ReturnType<typeof world>>;
