import type { DeploymentMachine } from "../../protocol/http/deployments.ts";

export type PlanMachine = Pick<DeploymentMachine, "name" | "wave" | "message" | "reboot" | "updates" | "left">;

/** One way in which two plans differ about a machine. */
export interface Difference {
  machine: string;
  kind: "added" | "removed" | "changed";
  /** In words, a line each; of machines that one plan alone has, what it does with them. */
  lines: readonly { sign: "+" | "−" | "~"; text: string }[];
}

/** What is different in a plan against the one before, by machines' names. What is expected to take how long isn't compared: it says nothing of what will be done. */
export function planDifference(before: readonly PlanMachine[], after: readonly PlanMachine[]): Difference[] {
  const was = new Map(before.map((machine) => [machine.name, machine]));
  const is = new Map(after.map((machine) => [machine.name, machine]));
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((name): Difference[] => {
    const [old, now] = [was.get(name), is.get(name)];
    if (!now || !old) {
      const [only, sign] = now ? [now, "+" as const] : [old, "−" as const];
      return only && isChanged(only)
        ? [{ machine: name, kind: now ? "added" : "removed", lines: only.updates.map((update) => ({ sign, text: updateText(update) })) }]
        : [];
    }
    const lines = linesBetween(old, now);
    return lines.length === 0 ? [] : [{ machine: name, kind: "changed", lines }];
  });
}

/** A machine that both plans leave alone, or that one of them doesn't know, is no difference. */
const isChanged = ({ wave }: PlanMachine): boolean => wave !== null;

function linesBetween(old: PlanMachine, now: PlanMachine): Difference["lines"] {
  const lines: Difference["lines"][number][] = [];
  if (old.wave !== now.wave)
    lines.push({ sign: "~", text: `${waveText(old.wave)} → ${waveText(now.wave)}${now.wave === null && now.message ? `: ${now.message}` : ""}` });
  if (old.reboot !== now.reboot && now.wave !== null) lines.push({ sign: "~", text: `reboot ${old.reboot} → ${now.reboot}` });
  const [was, is] = [byName(old), byName(now)];
  for (const [key, update] of was) if (!is.has(key)) lines.push({ sign: "−", text: `${updateText(update)}${leftText(now, update.name)}` });
  for (const [key, update] of is) {
    const before = was.get(key);
    if (!before) lines.push({ sign: "+", text: updateText(update) });
    else if (before.version !== update.version) lines.push({ sign: "~", text: `${update.name}: ${before.version} → ${update.version} would be installed` });
  }
  return lines;
}

const byName = ({ updates }: PlanMachine) => new Map(updates.map((update) => [`${update.name}\0${update.architecture}`, update]));
const waveText = (wave: number | null): string => (wave === null ? "left alone" : `wave ${wave + 1}`);
const updateText = ({ name, fromVersion, version }: PlanMachine["updates"][number]): string => `${name} ${fromVersion ?? "(new)"} → ${version}`;
function leftText({ left }: PlanMachine, name: string): string {
  const found = left.find((one) => one.name === name);
  return found ? ` (${found.reason})` : "";
}

/** A plan in figures. */
export interface PlanSum {
  machines: number;
  updates: number;
  reboots: number;
  mayReboot: number;
  /** Updates that don't fit in the window. */
  notFitting: number;
  leftAlone: number;
  /** When its last machine is expected to be done, by the median; null: there is none. */
  endsAt: number | null;
}

export function planSum(machines: readonly DeploymentMachine[]): PlanSum {
  const planned = machines.filter(({ wave }) => wave !== null);
  const ends = planned.map(({ expectedStart, expected }) => Date.parse(expectedStart) + expected.p50);
  const count = (of: (machine: DeploymentMachine) => number) => planned.reduce((sum, machine) => sum + of(machine), 0);
  return {
    machines: planned.length,
    updates: count(({ updates }) => updates.length),
    reboots: count(({ reboot }) => (reboot === "expected" ? 1 : 0)),
    mayReboot: count(({ reboot }) => (reboot === "possible" ? 1 : 0)),
    notFitting: count(({ left }) => left.length),
    leftAlone: machines.length - planned.length,
    endsAt: ends.length === 0 ? null : ends.reduce((latest, end) => Math.max(latest, end)),
  };
}
