import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { allowedFailures, readBudget } from "../../core/deploy/budget.ts";
import { rebootForecast } from "../../core/deploy/forecast.ts";
import type { WindowOccurrence } from "../../core/deploy/occurrences.ts";
import { type MachineToPlan, type PlannedMachine, type PlanSettings, planMachines } from "../../core/deploy/plan.ts";
import { type MaintenanceWindowSpec, WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { DEFAULT_WAVES, readWaves } from "../../core/deploy/waves.ts";
import { MACHINES_OWN_ZONE, type OpenWindow } from "../../core/deploy/window.ts";
import { parseDuration } from "../../core/duration.ts";
import { canonicalJson } from "../../core/json.ts";
import type { MachineRecord } from "../../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../../store/records/updates.ts";
import type { Reads, Store } from "../../store/store.ts";
import { complianceNow } from "../assessment.ts";
import { machinesOf, zoneOf } from "../window-machines.ts";
import { runbookOf, settingsOf, type WindowRecord } from "../window-record.ts";
import { createForecasts } from "./forecasts.ts";

/** Machines whose missing updates are read at once. */
const AT_ONCE = 500;
/** Why a machine that has what it should have isn't in a plan. */
export const NOTHING_MISSING = "nothing is missing that is approved";

/** A machine that the plan leaves alone, and why. */
export interface NotIncluded {
  id: string;
  name: string;
  reason: string;
}

/** One time that a window is open, as the plan needs it: an occurrence, or one that somebody opens now. */
export interface Opening {
  key: string;
  opensAt: number;
  closesAt: number;
  /** As this machine sees it; or why it doesn't open for it, in words. */
  openFor(machine: MachineRecord): OpenWindow | string;
}

/** Exactly what will happen to which machine. */
export interface MadePlan {
  spec: MaintenanceWindowSpec;
  /** Who has last changed what the window does, when it was planned. */
  changerId: string;
  changedBy: string;
  occurrence: string;
  opensAt: number;
  closesAt: number;
  machines: readonly (PlannedMachine & { opensAt: number; closesAt: number })[];
  notIncluded: readonly NotIncluded[];
  allowedFailures: number;
  runbookVersion: number | null;
  /** Of the runbooks of its hooks, by name. */
  hookVersions: Readonly<Record<string, number | null>>;
  hash: string;
}

/** @throws BAD_REQUEST, DURATION_INVALID */
export function planSettings({ waves, maxParallel, soak, reboot }: MaintenanceWindowSpec): PlanSettings {
  return {
    waves: readWaves(waves ?? DEFAULT_WAVES),
    maxParallel: maxParallel ?? WINDOW_DEFAULTS.maxParallel,
    soakMs: parseDuration(soak ?? WINDOW_DEFAULTS.soak),
    reboot: reboot ?? WINDOW_DEFAULTS.reboot,
  };
}

/** Plans what a window will do in one of its occurrences, by what is known now. Nothing is written. */
export function createDeploymentPlanner({ store, clock }: { store: Pick<Store, "read">; clock: Clock }) {
  const { read } = store;

  /** @param only ids of machines, of a deployment that takes up those of another one */
  return async function plan(window: WindowRecord, opening: Opening, only?: ReadonlySet<string>): Promise<MadePlan> {
    const { id, scope, spec } = window;
    const now = clock.now();
    const machines = (await machinesOf(read, scope, spec)).filter((machine) => only === undefined || only.has(machine.id));
    const notIncluded: NotIncluded[] = [];
    const leave = ({ id: machineId, name }: MachineRecord, reason: string) => void notIncluded.push({ id: machineId, name, reason });
    const found: { machine: MachineRecord; open: OpenWindow; updates: UpdateRecord[]; rebootPending: boolean }[] = [];

    for (let from = 0; from < machines.length; from += AT_ONCE) {
      const some = machines.slice(from, from + AT_ONCE);
      const ids = some.map((machine) => machine.id);
      const assessments = new Map((await read.updates.currentAssessments(ids)).map((one) => [one.machineId, one]));
      const updates = await read.verdicts.updatesOf(ids);
      for (const machine of some) {
        const open = opening.openFor(machine);
        const assessment = assessments.get(machine.id);
        if (typeof open === "string") leave(machine, open);
        else if (machine.state !== "online") leave(machine, `it is ${machine.state}: nothing can be sent to it`);
        else if (now >= open.closesAt) leave(machine, "its window has closed");
        else {
          const trouble = assessmentTrouble(assessment, now);
          if (trouble !== undefined || !assessment) leave(machine, trouble ?? "");
          else {
            const wanted = (updates.get(machine.id) ?? []).filter(({ verdict, held, phased }) => verdict === "approved" && !held && !phased);
            const rebootPending = assessment.rebootPending;
            const mode = planSettings(spec).reboot;
            const hasWork = mode === "only" || mode === "always" || wanted.length > 0 || (mode === "ifRequired" && rebootPending);
            if (hasWork) found.push({ machine, open, updates: mode === "only" ? [] : wanted, rebootPending });
            else leave(machine, NOTHING_MISSING);
          }
        }
      }
    }

    // Whose window opens first comes first: a rollout that follows the sun never waits for a wave that hasn't opened.
    found.sort((a, b) => a.open.opensAt - b.open.opensAt || (a.machine.name < b.machine.name ? -1 : 1));
    const forecasts = await createForecasts(
      read,
      found.map(({ machine }) => machine.id),
      [...new Set(found.flatMap(({ updates }) => updates.map(({ name }) => name)))],
    );
    const toPlan = found.map(({ machine, open, updates, rebootPending }): MachineToPlan => {
      // Of a window that is open already, what is left of it.
      const rest: OpenWindow = { ...open, opensAt: Math.max(open.opensAt, now) };
      const expected = (update: UpdateRecord) => forecasts.ofUpdate(machine.id, update);
      return {
        ...{ id: machine.id, name: machine.name, window: rest, rebootPending },
        updates: updates.map((update) => ({ ...update, expected: expected(update) })),
        rebootTakes: rebootForecast(forecasts.rebootsOf(machine.id)),
      };
    });
    const opened = new Map(found.map(({ machine, open }) => [machine.id, open]));
    const planned = planMachines(toPlan, planSettings(spec)).map((one) => {
      const { opensAt, closesAt } = opened.get(one.id) ?? opening;
      return { ...one, opensAt, closesAt };
    });
    const allowed = allowedFailures(readBudget(spec.errorBudget ?? WINDOW_DEFAULTS.errorBudget), planned.length);
    const runbookVersion = await newestVersion(read, runbookOf(spec));
    const hookVersions: Record<string, number | null> = {};
    for (const { runbook } of spec.hooks ?? []) if (runbook !== undefined) hookVersions[runbook] = await newestVersion(read, runbook);
    const made = {
      ...{ spec, changerId: window.authorId, changedBy: window.author, occurrence: opening.key, opensAt: opening.opensAt, closesAt: opening.closesAt },
      ...{ machines: planned, notIncluded, allowedFailures: allowed, runbookVersion, hookVersions },
    };
    return { ...made, hash: hashOf(id, made) };
  };
}
export type DeploymentPlanner = ReturnType<typeof createDeploymentPlanner>;

export function openingOf({ key, opensAt, closesAt, zones, without }: WindowOccurrence, { timeZone }: Pick<MaintenanceWindowSpec, "timeZone">): Opening {
  return {
    ...{ key, opensAt, closesAt },
    openFor(machine) {
      const zone = timeZone === MACHINES_OWN_ZONE ? zoneOf(machine) : zones[0]?.timeZone;
      if (zone === undefined) return "its time zone isn't known: its agent is too old to tell it";
      const found = zones.find((one) => one.timeZone === zone);
      if (found) return found.window;
      return without.includes(zone) ? `the clocks of ${zone} leave this time out (dst.gap: skip)` : `the window doesn't open in ${zone}`;
    },
  };
}

/** Why a plan can't rely on what is known of a machine. */
function assessmentTrouble(assessment: AssessmentRecord | undefined, now: number): string | undefined {
  if (!assessment) return "it has never been assessed";
  const compliance = complianceNow(assessment, now);
  if (compliance === "stale") return `its last assessment is too old: ${new Date(assessment.receivedAt).toISOString()}`;
  if (compliance === "notassessed") return `its last assessment has problems: ${assessment.problems.slice(0, 2).join("; ") || "nothing is installed on it"}`;
  return undefined;
}

/** Null: it isn't published, or was deleted. */
export async function newestVersion(read: Pick<Reads, "runbooks">, name: string): Promise<number | null> {
  const runbook = await read.runbooks.byName(name);
  return runbook && runbook.deletedAt === null && runbook.latestVersion > 0 ? runbook.latestVersion : null;
}

/**
 * What approval is bound to: who is changed in which order from what to what, when, by which code, and under which rules. Not how long it is expected to take: a forecast that
 * has become better is no other plan. SHA-256, hex.
 */
function hashOf(windowId: string, { spec, machines, occurrence, opensAt, closesAt, allowedFailures: allowed, ...code }: Omit<MadePlan, "hash">): string {
  const plan = {
    ...{
      windowId,
      occurrence,
      opensAt,
      closesAt,
      settings: settingsOf(spec),
      allowed,
      runbook: [runbookOf(spec), code.runbookVersion],
      hooks: code.hookVersions,
    },
    machines: machines.map(({ id, wave, reboot, updates, opensAt: from, closesAt: to }) => ({
      ...{ id, wave, reboot, from, to },
      updates: updates.map(({ name, architecture, fromVersion, version }) => [name, architecture, fromVersion, version]),
    })),
  };
  return createHash("sha256").update(canonicalJson(plan)).digest("hex");
}
