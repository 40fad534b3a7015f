import { isSpent } from "../../core/deploy/budget.ts";
import { onFailureOf } from "../../core/deploy/hooks.ts";
import { type MachineNote, outcomeOf } from "../../core/deploy/outcome.ts";
import type { MachineRollback } from "../../core/deploy/rollback.ts";
import type { Begun, HookOutcome, Installed, MachineCounts, NotYet, Rebooted, RebootPermit, RolloutMachine } from "../../core/deploy/rollout.ts";
import type { HOOK_FAILURES, HookPoint } from "../../core/deploy/spec.ts";
import { countsAsFailed, type DeploymentStatus, type MachineStatus } from "../../core/deploy/status.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { InstallStatus } from "../../core/install.ts";
import type { DeploymentsPort } from "../../sandbox/ports.ts";
import type { JobLife } from "./job-time.ts";

/** A machine of a deployment that exists in one test; what is left out goes well. */
export interface FakeDeploymentMachine extends Partial<Omit<RolloutMachine, "wave">> {
  name: string;
  begin?: () => Begun | Promise<Begun>;
  install?: () => Partial<Installed> | NotYet | Promise<Partial<Installed> | NotYet>;
  askReboot?: () => RebootPermit | Promise<RebootPermit>;
  reboot?: () => Partial<Rebooted> | Promise<Partial<Rebooted>>;
  /** Answers `plan()` and `rollback()`; default: its one update goes back. */
  rollback?: (how: "plan" | "rollback") => Partial<MachineRollback> | Promise<Partial<MachineRollback>>;
}

export interface FakeHook {
  at: HookPoint;
  what?: string;
  onFailure?: (typeof HOOK_FAILURES)[number];
  /** Answers it, for a machine or, without one, for the deployment; default: it succeeds. */
  run?: (machine: string | undefined) => { ok: boolean; message?: string };
}

/** The deployment that has started the job. */
export interface FakeDeployment {
  id?: string;
  window?: string;
  /** A name alone is a machine on which all goes well. */
  waves: readonly (readonly (string | FakeDeploymentMachine)[])[];
  maxParallel?: number;
  soakMs?: number;
  allowedFailures?: number;
  /** Until the window closes, milliseconds from the start of the test; default four hours. */
  closesInMs?: number;
  hooks?: readonly FakeHook[];
  notifies?: boolean;
  /** What somebody does each time it is halted; default `abort`. `nothing`: until the window closes. */
  whenHalted?: readonly ("continue" | "abort" | "nothing")[];
  /** Somebody has asked to take it back: what would be, or what is. */
  rollback?: "plan" | "rollback";
}

interface Turn {
  machine: FakeDeploymentMachine;
  shown: RolloutMachine;
  status: MachineStatus;
  installed: Installed | null;
  reboot: Rebooted["state"] | "NotNeeded";
  notes: MachineNote[];
}

/** Decides as the engine does about budgets and statuses; what machines do is the test's. */
export function fakeDeployments(given: FakeDeployment | undefined, time: Pick<JobLife, "now" | "until">) {
  const { id = "dpl_test", window = "test", waves = [], maxParallel = 50, soakMs = 0, allowedFailures = 0, hooks = [] } = given ?? {};
  const closesAt = time.now() + (given?.closesInMs ?? 4 * 3_600_000);
  const opensAt = time.now();
  const answers = [...(given?.whenHalted ?? [])];
  let status: DeploymentStatus = "running";
  let reason = "";
  let forgiven = 0;
  const turns = waves.flatMap((machines, wave) => machines.map((one) => turnOf(typeof one === "string" ? { name: one } : one, { wave, opensAt, closesAt })));
  const turn = (machineId: string): Turn => {
    const found = turns.find(({ shown }) => shown.id === machineId);
    if (found === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `the deployment of this test has no machine ${machineId}`);
    return found;
  };
  const counts = (): MachineCounts => Object.fromEntries([...Map.groupBy(turns, (one) => one.status)].map(([key, of]) => [key, of.length]));
  const failed = () => turns.filter((one) => countsAsFailed(one.status)).length;
  const control = () => ({ status, reason, leftMs: Math.max(0, closesAt - time.now()), failed: failed(), allowed: allowedFailures, counts: counts() });
  const move = (to: DeploymentStatus, why: string) => {
    status = to;
    reason = why;
  };

  const port: DeploymentsPort = {
    async get({ deploymentId }) {
      if (given === undefined || deploymentId !== id)
        throw new RunwrightError("NOT_FOUND", `this test has no deployment ${deploymentId}; give it in deployment`);
      return {
        ...{ id, window, scope: "/", opensAt, closesAt, allowedFailures, maxParallel, soakMs },
        waves: waves.map((_, wave) => turns.filter(({ shown }) => shown.wave === wave).map(({ shown }) => shown)),
        hooks: hooks.map(({ at, what = "the runbook hook" }, index) => ({ index, at, what })),
        notifies: given.notifies ?? false,
      };
    },
    control: async () => control(),
    async begin(_, machineId) {
      const one = turn(machineId);
      const aside = (to: MachineStatus, message: string) => ({ go: false, again: false, status: to, message, over: true }) as const;
      if (one.status !== "NotStarted") return { ...aside(one.status, ""), over: false };
      if (status === "halted") return { go: false, again: true, halted: true, at: time.now() + 30_000, message: reason };
      if (status === "aborting") return { ...aside("Cancelled", reason), status: set(one, "Cancelled") };
      if (time.now() >= closesAt) return { ...aside("MaintenanceWindowExceeded", "the window has closed"), status: set(one, "MaintenanceWindowExceeded") };
      const begun = (await one.machine.begin?.()) ?? ({ go: true, fitting: one.shown.updates, left: 0 } as const);
      if (begun.go) one.status = "InProgress";
      else if (!begun.again) one.status = begun.status;
      return begun;
    },
    async install(_, machineId) {
      const one = turn(machineId);
      if (status === "halted") return { go: false, again: true, halted: true, at: time.now() + 30_000, message: reason };
      if (status === "aborting" && one.status === "InProgress") {
        set(one, "Cancelled");
        return { end: "calledOff", succeeded: 0, failed: 0, left: 0, rebootPending: false, message: reason };
      }
      const well: Installed = {
        end: "reported",
        succeeded: one.shown.updates,
        failed: 0,
        left: 0,
        rebootPending: one.shown.expectedReboot === "expected",
        message: "",
      };
      const given = await one.machine.install?.();
      if (given !== undefined && "again" in given) return given;
      one.installed = { ...well, ...given };
      return one.installed;
    },
    async askReboot(_, machineId) {
      const one = turn(machineId);
      const needs = one.installed?.rebootPending === true;
      const permit: RebootPermit = needs ? { go: true, fence: 2 } : { go: false, again: false, state: "NotNeeded", message: "no reboot is needed" };
      return (await one.machine.askReboot?.()) ?? permit;
    },
    async reboot(_, machineId) {
      const one = turn(machineId);
      const rebooted: Rebooted = { state: "Completed", bootIdBefore: "1", bootIdAfter: "2", message: "", ...(await one.machine.reboot?.()) };
      one.reboot = rebooted.state;
      if (rebooted.state !== "Completed") one.notes.push(noteOf("reboot", rebooted.message, true));
      return rebooted;
    },
    async hook(_, index, machineId) {
      const hook = hooks[index];
      if (hook === undefined) throw new RunwrightError("NOT_FOUND", `the deployment of this test has no hook ${index}`);
      const one = machineId === undefined ? undefined : turn(machineId);
      const { ok, message = "" } = hook.run?.(one?.shown.name) ?? { ok: true };
      const outcome: HookOutcome = { ok, message, consequence: ok ? null : onFailureOf(hook) };
      if (!ok) one?.notes.push(noteOf(hook.at, message, outcome.consequence !== "continue"));
      if (outcome.consequence === "abort" && status === "running") move("aborting", `a hook has failed: ${message}`);
      return outcome;
    },
    async finish(_, machineId, options) {
      const one = turn(machineId);
      if (options.failed !== undefined) one.notes.push(noteOf("runbook", options.failed, true));
      for (const warning of options.warnings ?? []) one.notes.push(noteOf("runbook", warning, false));
      const outcome = outcomeOfTurn(one);
      const isEnding = one.status === "InProgress";
      if (isEnding) one.status = outcome.status;
      if (status === "running" && isEnding && one.status === "RebootUnverified") move("halted", `the reboot of ${one.shown.name} isn't proven`);
      if (status === "running" && isSpent(failed(), allowedFailures, forgiven)) move("halted", `${failed()} have failed, ${allowedFailures} may`);
      return { status: one.status, message: outcome.message, failed: failed(), allowed: allowedFailures, deployment: status };
    },
    async end(_, { gate, failed: why }) {
      const rest: MachineStatus =
        status === "aborting" ? "Cancelled" : gate !== undefined || status === "halted" ? "SkippedByGate" : "MaintenanceWindowExceeded";
      for (const one of turns) if (one.status === "NotStarted") one.status = rest;
      if (status === "aborting") move("aborted", reason);
      else if (status === "halted" || gate !== undefined || why !== undefined) move("failed", gate ?? why ?? reason);
      else if (status === "running") move("succeeded", "");
      return { status, reason, counts: counts() };
    },
    async rollbackView({ deploymentId }) {
      if (given?.rollback === undefined || deploymentId !== id)
        throw new RunwrightError("PERMISSION_DENIED", `nobody has asked in this test to take ${deploymentId} back; say so in deployment.rollback`);
      const machines = turns.map(({ shown }) => ({ id: shown.id, name: shown.name, updates: shown.updates }));
      return { id, window, scope: "/", plan: given.rollback === "plan", machines };
    },
    async rollback(_, machineId, how) {
      const { machine, shown } = turn(machineId);
      const bash = {
        name: "bash",
        architecture: "amd64",
        version: "1.1",
        fromVersion: "1.0",
        status: how === "plan" ? "NotStarted" : "Succeeded",
        message: "",
      } as const;
      return { machine: shown.name, problem: null, updates: [bash], rebootPending: false, ...(await machine.rollback?.(how)) };
    },
    async notice(_, kind) {
      return given?.notifies
        ? { url: "https://notify.test/", secret: "notify", about: reason, body: { type: `deployment.${kind}`, data: { deployment: id, status } } }
        : null;
    },
  };
  const set = (one: Turn, to: MachineStatus) => {
    one.status = to;
    return to;
  };

  return {
    port,
    async pause(until: number, signal: AbortSignal) {
      await time.until(until, signal);
      return control();
    },
    /** Somebody does what the test says about a deployment that is halted. */
    async answerHalt(signal: AbortSignal) {
      if (status !== "halted") return control();
      const answer = answers.shift() ?? "abort";
      if (answer === "continue") {
        forgiven = failed();
        move("running", "");
      } else if (answer === "abort") move("aborting", "somebody aborted it");
      else await time.until(closesAt, signal);
      return control();
    },
  };
}
export type FakeDeployments = ReturnType<typeof fakeDeployments>;

function turnOf(machine: FakeDeploymentMachine, place: { wave: number; opensAt: number; closesAt: number }): Turn {
  const { begin: _, install: __, askReboot: ___, reboot: ____, rollback: _____, ...given } = machine;
  const shown: RolloutMachine = { id: `mch_${machine.name}`, updates: 1, expected: { p50: 60_000, p95: 120_000 }, expectedReboot: "no", ...place, ...given };
  return { machine, shown, status: "NotStarted", installed: null, reboot: "NotNeeded", notes: [] };
}

const noteOf = (what: string, message: string, fails: boolean): MachineNote => ({ at: 0, what, ok: false, fails, message });

function outcomeOfTurn({ installed, reboot, notes }: Turn) {
  const { succeeded = 0, failed = 0, left = 0, rebootPending = false, end = "none", message = "" } = installed ?? {};
  const of = (count: number, status: InstallStatus) => Array.from({ length: count }, (_, i) => ({ name: `${status}${i}`, status, message }));
  const updates = [
    ...of(succeeded, "Succeeded"),
    ...of(failed + (end === "failed" ? 1 : 0), "Failed"),
    ...of(left, "MaintenanceWindowExceeded"),
    ...of(end === "unfinished" ? 1 : 0, "InProgress"),
  ];
  const isOver = end !== "lost" && end !== "unfinished";
  const install = end === "none" ? null : { updates, resumed: 0, repairs: [], isOver };
  const window = { rebootMode: "ifRequired", isLateForReboot: false, isHealthWanted: false } as const;
  return outcomeOf({
    ...window,
    install,
    left: 0,
    rebootState: reboot,
    rebootPending: rebootPending && reboot !== "Completed",
    notes,
    isOnline: end !== "lost",
  });
}
