import { counted } from "../counted.ts";
import { formatDuration } from "../duration.ts";
import type { Expected } from "./forecast.ts";
import type { RebootMode } from "./plan.ts";

/** What a plan's text is made of. */
export interface PlanToTell {
  window: string;
  /** With time zone, such as `2026-03-02T02:00`. */
  opens: string;
  closes: string;
  reserve: string;
  hash: string;
  runbook: string;
  /** Runbooks of hooks, each with its version. */
  hooks: readonly string[];
  waves: string;
  maxParallel: number;
  soak: string;
  errorBudget: string;
  allowedFailures: number;
  reboot: RebootMode;
  machines: readonly MachineToTell[];
}

export interface MachineToTell {
  name: string;
  /** From 0; null: it is left alone. */
  wave: number | null;
  message: string;
  /** Wall time, such as `02:00`. */
  starts: string;
  expected: Expected;
  reboot: "no" | "possible" | "expected";
  updates: readonly UpdateToTell[];
  left: readonly { name: string; version: string; reason: string }[];
}

interface UpdateToTell {
  name: string;
  fromVersion: string | null;
  version: string;
  classification: string;
  severity: string;
  expected: Expected & { basis: string; samples: number };
}

const SPACES = "  ";

/** A plan as people read it before they approve it: nothing is left out. One line each; texts of machines are as they were told. */
export function planLines({ machines, ...plan }: PlanToTell): string[] {
  const planned = machines.filter(({ wave }) => wave !== null);
  const left = machines.filter(({ wave }) => wave === null);
  const waves = Map.groupBy(planned, ({ wave }) => wave ?? 0);
  const updates = planned.reduce((sum, machine) => sum + machine.updates.length, 0);
  const unknown = planned.flatMap((machine) => machine.updates).filter(({ expected }) => expected.basis === "default");
  const changed = planned.filter((machine) => machine.updates.length > 0 || machine.reboot !== "no");
  const tooLong = planned.filter((machine) => machine.left.length > 0);
  const notFitting = tooLong.reduce((sum, machine) => sum + machine.left.length, 0);
  return [
    `Window ${plan.window}: ${plan.opens} to ${plan.closes}, of which ${plan.reserve} are kept for reboots`,
    `Plan ${plan.hash}`,
    `${plan.runbook} changes ${counted(changed.length, "machine")} by ${counted(updates, "update")}; waves ${plan.waves}, ${plan.maxParallel} at once, ${plan.soak} between waves, reboot ${plan.reboot}`,
    ...(plan.hooks.length > 0 ? [`Its hooks run ${plan.hooks.join(", ")}`] : []),
    `Halts when more than ${counted(plan.allowedFailures, "machine")} ${plan.allowedFailures === 1 ? "has" : "have"} failed${plan.errorBudget.endsWith("%") ? ` (${plan.errorBudget}, rounded down)` : ""}`,
    ...(unknown[0]
      ? [
          `Of ${counted(unknown.length, "update")} nobody knows yet how long ${unknown.length === 1 ? "it takes" : "they take"}: ${takes(unknown[0].expected)}${unknown.length === 1 ? "" : " each"} are assumed`,
        ]
      : []),
    ...(notFitting > 0
      ? [
          `${counted(notFitting, "update")} of ${counted(tooLong.length, "machine")} ${notFitting === 1 ? "doesn't" : "don't"} fit in the window: marked with - below`,
        ]
      : []),
    ...[...waves].flatMap(([wave, some]) => ["", `Wave ${wave + 1}: ${counted(some.length, "machine")}`, ...some.flatMap(machineLines)]),
    ...(left.length > 0 ? ["", `Left alone: ${counted(left.length, "machine")}`, ...left.map(({ name, message }) => `${SPACES}${name}: ${message}`)] : []),
  ];
}

function machineLines({ name, starts, expected, reboot, updates, left }: MachineToTell): string[] {
  const reboots = { no: "no reboot", possible: "a reboot is possible", expected: "reboots" }[reboot];
  const rows = updates.map((update) => [update.name, `${update.fromVersion ?? "(new)"} → ${update.version}`, classOf(update), knownOf(update)]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `${SPACES}${name}  from ${starts}, ${takes(expected)}, ${reboots}`,
    ...rows.map((row) => `${SPACES}${SPACES}+ ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(SPACES)}`.trimEnd()),
    ...left.map(({ name: update, version, reason }) => `${SPACES}${SPACES}- ${update} ${version}: ${reason}`),
  ];
}

const classOf = ({ classification, severity }: UpdateToTell): string => (severity === "unspecified" ? classification : `${classification}, ${severity}`);
/** What is assumed of the unknown ones stands once, above. */
const knownOf = ({ expected }: UpdateToTell): string =>
  expected.basis === "default" ? "" : `${takes(expected)}, by ${expected.samples} earlier${expected.basis === "machine" ? " of this machine" : ""}`;

/** How long something is expected to take: by the median, and at most by the p95. */
export const takes = ({ p50, p95 }: Expected): string => (p50 === p95 ? formatDuration(p50) : `${formatDuration(p50)} (p95 ${formatDuration(p95)})`);
