import { counted } from "../counted.ts";
import type { InstalledUpdate } from "../install.ts";
import type { RebootMode } from "./plan.ts";
import type { RebootState } from "./reboot-state.ts";
import type { MachineStatus } from "./status.ts";

/** What was noticed about a machine on its way: a hook, its health check, a reboot that nobody asked for. */
export interface MachineNote {
  at: number;
  /** `beforeMachine`, `health`, `boot` …; `lost`, `unsent`: why the command of its install never came to exist. */
  what: string;
  ok: boolean;
  /** Whether the machine has failed with it; else it is a warning. */
  fails: boolean;
  message: string;
  /** Of a hook: which one of the window, and the call that has asked for it. */
  hook?: { index: number; by: string; has: "begun" | "ended" };
}

/** What is known of a machine when its turn ends. */
export interface MachineRecordOfRollout {
  /** Null: nothing was sent to be installed. */
  install: {
    updates: readonly Pick<InstalledUpdate, "name" | "status" | "message">[];
    resumed: number;
    repairs: readonly string[];
    /** A report has come. */
    isOver: boolean;
  } | null;
  /** Updates of the plan that were left out when the machine began, as they didn't fit any more. */
  left: number;
  rebootState: RebootState;
  /** When the window wants it rebooted. */
  rebootMode: RebootMode;
  /** It has said so, and hasn't booted since. */
  rebootPending: boolean;
  /** No time is left in its window for a reboot. */
  isLateForReboot: boolean;
  /** The window names a program that says whether it serves. */
  isHealthWanted: boolean;
  notes: readonly MachineNote[];
  isOnline: boolean;
}

export interface Outcome {
  status: MachineStatus;
  message: string;
}

/** A row decides when it has something to say; the first one that does. */
type Rule = (record: MachineRecordOfRollout) => Outcome | undefined;

const RULES: readonly Rule[] = [
  // Worse than anything else: nobody knows whether the machine serves.
  ({ rebootState, notes }) =>
    rebootState === "Unverified" || rebootState === "Failed" || rebootState === "Started"
      ? { status: "RebootUnverified", message: said(notes, "reboot") ?? "its reboot isn't proven" }
      : undefined,
  ({ install, isOnline }) => (install === null || install.isOver ? undefined : silent(install.updates, isOnline)),
  // Nothing could be sent: there is no command whose end would say so.
  ({ install, notes }) => {
    const [lost, unsent] = install === null ? [said(notes, "lost"), said(notes, "unsent")] : [];
    if (lost !== undefined) return { status: "AgentLost", message: `it wasn't there to take the updates: ${lost}` };
    return unsent === undefined ? undefined : { status: "Failed", message: `nothing could be sent to it: ${unsent}` };
  },
  ({ install }) => failedUpdates(install?.updates ?? []),
  ({ notes }) => {
    const failing = notes.filter(({ ok, fails }) => !ok && fails);
    return failing.length === 0 ? undefined : { status: "Failed", message: sentences(failing.map(({ message }) => message)) };
  },
  ({ install }) => {
    const cancelled = (install?.updates ?? []).filter(({ status }) => status === "Cancelled");
    return cancelled.length === 0 ? undefined : { status: "Cancelled", message: `${counted(cancelled.length, "update")} cancelled` };
  },
  ({ install, left }) => {
    const late = (install?.updates ?? []).filter(({ status }) => status === "MaintenanceWindowExceeded" || status === "NotStarted").length + left;
    if (late === 0) return undefined;
    const done = (install?.updates ?? []).filter(({ status }) => status === "Succeeded").length;
    return { status: "MaintenanceWindowExceeded", message: `${done} installed; the window was too short for ${counted(late, "more update")}` };
  },
  // Part of what was planned, whoever asked for it or didn't.
  ({ install, rebootMode, rebootState, isLateForReboot }) => {
    if (rebootState === "Completed" || (rebootMode !== "always" && rebootMode !== "only")) return undefined;
    const message = `${installedOf(install?.updates ?? [])}; it wasn't rebooted, which the window wants`;
    return { status: isLateForReboot ? "MaintenanceWindowExceeded" : "Cancelled", message };
  },
  (record) => {
    const warnings = warningsOf(record);
    return warnings.length === 0 ? undefined : { status: "SucceededWithWarnings", message: sentences(warnings) };
  },
];

/** What became of a machine. */
export function outcomeOf(record: MachineRecordOfRollout): Outcome {
  for (const rule of RULES) {
    const outcome = rule(record);
    if (outcome) return outcome;
  }
  const updates = record.install?.updates ?? [];
  const rebooted = record.rebootState === "Completed" ? ", rebooted" : "";
  return { status: "Succeeded", message: installedOf(updates) + rebooted };
}

const installedOf = (updates: readonly unknown[]): string =>
  updates.length === 0 ? "nothing was to be installed" : `${counted(updates.length, "update")} installed`;

/** No report has come. Whoever is connected still is at it; whoever isn't may be anything. */
function silent(updates: readonly { name: string; status: string }[], isOnline: boolean): Outcome {
  const begun = updates.some(({ status }) => status === "InProgress");
  if (begun && isOnline)
    return { status: "MaintenanceWindowExceeded", message: "it is still installing, and isn't interrupted; what it reports later is kept" };
  const message = begun ? "the updates were sent to it, and it hasn't been heard of since" : "it wasn't there to take the updates";
  return { status: "AgentLost", message: `${message}; should it report later, that counts` };
}

function failedUpdates(updates: readonly { name: string; status: string; message: string }[]): Outcome | undefined {
  const failed = updates.filter(({ status }) => status === "Failed");
  const [first] = failed;
  if (first === undefined) return undefined;
  return { status: "Failed", message: `${failed.length} of ${counted(updates.length, "update")} failed: ${first.name}: ${first.message}` };
}

function warningsOf({ install, rebootPending, isHealthWanted, notes }: MachineRecordOfRollout): string[] {
  const warnings = notes.filter(({ ok }) => !ok).map(({ message }) => message);
  if (rebootPending) warnings.push("a reboot is still pending");
  if (isHealthWanted && install !== null && !notes.some(({ what }) => what === "health")) warnings.push("its health check never ran");
  if (install !== null && install.resumed > 0) warnings.push("the install was interrupted, and went on");
  if (install !== null && install.repairs.length > 0) warnings.push(`mended first: ${install.repairs.join(", ")}`);
  return warnings;
}

const MOST = 5;
const sentences = (messages: readonly string[]): string =>
  [...messages.slice(0, MOST), ...(messages.length > MOST ? [`and ${messages.length - MOST} more`] : [])].join("; ");
const said = (notes: readonly MachineNote[], what: string): string | undefined => notes.findLast((note) => note.what === what && !note.ok)?.message;
