import type { Classification, MissingUpdate, RebootBehaviour, Severity } from "../update.ts";
import { SEVERITIES } from "../update.ts";
import { andThen, EMPTY_ROW, type Expected, expectedOf, type Forecast } from "./forecast.ts";
import { intoWaves, type WaveSize } from "./waves.ts";
import { fitsWindow, type OpenWindow } from "./window.ts";

export const REBOOT_MODES = ["ifRequired", "always", "never", "only"] as const;
export type RebootMode = (typeof REBOOT_MODES)[number];

/** One update of one machine, exactly in this version. */
export interface PlannedUpdate {
  name: string;
  architecture: string;
  fromVersion: string | null;
  version: string;
  classification: Classification;
  severity: Severity;
  expected: Forecast;
  reboot: RebootBehaviour;
}

export interface LeftOut extends PlannedUpdate {
  /** Why it isn't tried, in words. */
  reason: string;
}

export interface PlannedMachine {
  id: string;
  name: string;
  wave: number;
  /** When it is expected to begin, Unix milliseconds. */
  startsAt: number;
  expected: Expected;
  reboot: "no" | "possible" | "expected";
  updates: readonly PlannedUpdate[];
  /** What doesn't fit in the window. */
  left: readonly LeftOut[];
}

export interface MachineToPlan {
  id: string;
  name: string;
  /** The window as this machine sees it. */
  window: OpenWindow;
  updates: readonly (Pick<
    MissingUpdate,
    "name" | "architecture" | "installedVersion" | "candidateVersion" | "classification" | "severity" | "rebootBehaviour"
  > & {
    expected: Forecast;
  })[];
  /** What a reboot of it takes. */
  rebootTakes: Expected;
  rebootPending: boolean;
}

export interface PlanSettings {
  waves: readonly WaveSize[];
  /** Machines of a wave at one time. */
  maxParallel: number;
  /** Between waves, milliseconds. */
  soakMs: number;
  reboot: RebootMode;
}

/**
 * What will happen to which machine: waves in the order of the machines given, each beginning when the one before is expected to have ended (by the median) and has soaked. Of
 * each machine the most severe updates come first, the quick ones before the slow ones; what would end after its window (by p95) is left out and said so. A wave that begins later
 * than planned leaves out more, when its time has come.
 */
export function planMachines(machines: readonly MachineToPlan[], { waves, maxParallel, soakMs, reboot }: PlanSettings): PlannedMachine[] {
  const planned: PlannedMachine[] = [];
  let waveFrom = Number.NEGATIVE_INFINITY;
  for (const [index, wave] of intoWaves(machines, waves).entries()) {
    const slots = new Array<number>(Math.max(1, Math.min(maxParallel, wave.length))).fill(waveFrom);
    for (const machine of wave) {
      const slot = slots.indexOf(Math.min(...slots));
      const startsAt = Math.max(machine.window.opensAt, slots[slot] ?? waveFrom);
      const one = planMachine(machine, { wave: index, startsAt, reboot });
      slots[slot] = startsAt + one.expected.p50;
      planned.push(one);
    }
    waveFrom = Math.max(...slots) + soakMs;
  }
  return planned;
}

function planMachine(machine: MachineToPlan, { wave, startsAt, reboot }: { wave: number; startsAt: number; reboot: RebootMode }): PlannedMachine {
  const { id, name, window, rebootTakes } = machine;
  const place = { id, name, wave, startsAt };
  if (reboot === "only") return { ...place, expected: rebootTakes, reboot: "expected", updates: [], left: [] };
  const updates: PlannedUpdate[] = [];
  const left: LeftOut[] = [];
  let row = EMPTY_ROW;
  for (const one of machine.updates.map(toPlanned).sort(byUrgency)) {
    const mayReboot = reboot !== "never" && one.reboot !== "never";
    const withIt = andThen(row, one.expected);
    if (fitsWindow(window, startsAt, expectedOf(withIt).p95, mayReboot)) {
      updates.push(one);
      row = withIt;
    } else left.push({ ...one, reason: whyLeft(window, startsAt + expectedOf(withIt).p95 - one.expected.p95, one, mayReboot) });
  }
  let total = expectedOf(row);
  const expectedReboot = rebootOf(updates, machine.rebootPending, reboot);
  if (expectedReboot !== "no") total = { p50: total.p50 + rebootTakes.p50, p95: total.p95 + rebootTakes.p95 };
  return { ...place, expected: total, reboot: expectedReboot, updates, left };
}

const toPlanned = ({ installedVersion, candidateVersion, rebootBehaviour, ...same }: MachineToPlan["updates"][number]): PlannedUpdate => {
  const { name, architecture, classification, severity, expected } = same;
  return { name, architecture, fromVersion: installedVersion, version: candidateVersion, classification, severity, expected, reboot: rebootBehaviour };
};

const rank = ({ severity }: PlannedUpdate): number => SEVERITIES.indexOf(severity);
const byUrgency = (a: PlannedUpdate, b: PlannedUpdate): number =>
  rank(a) - rank(b) || a.expected.p95 - b.expected.p95 || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || (a.architecture < b.architecture ? -1 : 1);

function rebootOf(updates: readonly PlannedUpdate[], pending: boolean, mode: RebootMode): PlannedMachine["reboot"] {
  if (mode === "never") return "no";
  if (mode === "always" || pending || updates.some((one) => one.reboot === "always")) return "expected";
  return updates.some((one) => one.reboot !== "never") ? "possible" : "no";
}

function whyLeft({ closesAt, reserveFrom }: OpenWindow, from: number, { expected }: PlannedUpdate, mayReboot: boolean): string {
  const minutes = (ms: number) => Math.max(0, Math.round(ms / 60_000));
  const end = mayReboot ? reserveFrom : closesAt;
  const kept = mayReboot && reserveFrom < closesAt ? ` (${minutes(closesAt - reserveFrom)} more are kept for reboots)` : "";
  return `takes ${minutes(expected.p95)} min here (p95, ${expected.basis === "default" ? "a default: nothing is known of it" : `of ${expected.samples} earlier`}), and ${minutes(end - from)} are left${kept}`;
}
