import { andThen, EMPTY_ROW, expectedOf, rebootForecast, without } from "../../core/deploy/forecast.ts";
import type { PlannedMachine, PlannedUpdate, RebootMode } from "../../core/deploy/plan.ts";
import { type MaintenanceWindowSpec, WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { fitsWindow, type OpenWindow, REBOOT_RESERVE_MS } from "../../core/deploy/window.ts";
import { parseDuration } from "../../core/duration.ts";
import { mayReboot } from "../../core/install.ts";
import type { DeploymentMachine } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";

type Spec = Pick<MaintenanceWindowSpec, "reboot" | "rebootReserve">;

export const rebootModeOf = ({ reboot }: Spec): RebootMode => reboot ?? WINDOW_DEFAULTS.reboot;

/** The window as a machine sees it. */
export function windowOf({ opensAt, closesAt }: Pick<DeploymentMachine, "opensAt" | "closesAt">, { rebootReserve }: Spec): OpenWindow {
  const reserve = rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(rebootReserve);
  return { opensAt, closesAt, reserveFrom: Math.max(opensAt, closesAt - reserve) };
}

/** Of the planned updates those that still end in time when they begin now, one after the other, in the order of the plan. */
export function fittingNow(plan: Pick<PlannedMachine, "updates">, window: OpenWindow, now: number, mode: RebootMode): PlannedUpdate[] {
  let row = EMPTY_ROW;
  return plan.updates.filter((update) => {
    const withIt = andThen(row, update.expected);
    if (!fitsWindow(window, now, expectedOf(withIt).p95, mode !== "never" && mayReboot(update.reboot))) return false;
    row = withIt;
    return true;
  });
}

/**
 * For how long from now the machine may begin with updates. One figure for all of them, the first one too: whichever of its batches begins last, each update must still end in
 * time, with those that the package manager is given before it in the same call. An update may be left that would just have fitted, and none begins that doesn't.
 * @param atOnce how many updates one call gets
 */
export function startWithin(updates: readonly PlannedUpdate[], window: OpenWindow, { now, mode, atOnce }: { now: number; mode: RebootMode; atOnce: number }) {
  let row = EMPTY_ROW;
  const latest = updates.map(({ expected, reboot }, i) => {
    row = andThen(row, expected);
    const gone = updates[i - atOnce]?.expected;
    if (gone) row = without(row, gone);
    return (mode !== "never" && mayReboot(reboot) ? window.reserveFrom : window.closesAt) - expectedOf(row).p95;
  });
  return Math.max(0, latest.reduce((least, one) => Math.min(least, one), window.closesAt) - now);
}

/** What a reboot of it takes, by its earlier ones; milliseconds, p95. */
export async function rebootTakes(reads: Pick<Store["read"] | Writes, "installDurations">, machineId: string): Promise<number> {
  const known = await reads.installDurations.reboots([machineId]);
  return rebootForecast(known.get(machineId) ?? []).p95;
}
