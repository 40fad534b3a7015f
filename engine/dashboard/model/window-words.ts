import { WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { DEFAULT_WAVES } from "../../core/deploy/waves.ts";
import type { WindowPreview } from "../../protocol/http/deployments.ts";

/** What a window's document says, as names and texts; what it leaves out is told as what holds then. */
export function windowWords(spec: Readonly<Record<string, unknown>>): (readonly [name: string, text: string])[] {
  const text = (name: string, otherwise: string): string => {
    const value = spec[name];
    return value === undefined ? otherwise : typeof value === "string" ? value : JSON.stringify(value);
  };
  const words: (readonly [string, string])[] = [
    ["Opens", spec.cron === undefined ? text("recurrence", "") : text("cron", "")],
    ["Time zone", spec.timeZone === "machine" ? "each machine's own" : text("timeZone", "")],
    ["Open for", `${text("duration", "")}, of which the last ${text("rebootReserve", "20m")} are kept for reboots`],
    ["Machines", text("selector", "all in its scope")],
    ["Plan", `is made ${text("planAhead", WINDOW_DEFAULTS.planAhead)} before it opens`],
    [
      "Waves",
      `${text("waves", DEFAULT_WAVES)}; ${text("maxParallel", String(WINDOW_DEFAULTS.maxParallel))} at once, ${text("soak", WINDOW_DEFAULTS.soak)} between waves`,
    ],
    ["Error budget", text("errorBudget", WINDOW_DEFAULTS.errorBudget)],
    ["Reboot", text("reboot", WINDOW_DEFAULTS.reboot)],
    ["Runbook", text("runbook", WINDOW_DEFAULTS.runbook)],
  ];
  const onlyIfThere: readonly (readonly [name: string, label: string])[] = [
    ...([
      ["startAt", "Not before"],
      ["expiresAt", "Not after"],
      ["dst", "When clocks change"],
      ["approval", "Approval"],
      ["rebootRules", "Reboot rules"],
    ] as const),
    ...([
      ["hooks", "Hooks"],
      ["healthCheck", "Health check"],
      ["configurationFiles", "Configuration files"],
      ["allowRemovals", "Removals"],
      ["notify", "Tells"],
    ] as const),
  ];
  return [...words, ...onlyIfThere.flatMap(([name, label]) => (spec[name] === undefined ? [] : [[label, text(name, "")] as const]))];
}

/** An instant of a text with a zone in brackets, such as `2026-03-29T03:30:00+02:00[Europe/Berlin]`. */
export const instantOf = (zoned: string): string => zoned.replace(/\[.*\]$/, "");
export const zoneIn = (zoned: string): string | undefined => /\[(.*)\]$/.exec(zoned)?.[1];

export type Occurrence = WindowPreview["items"][number];

const DST: Readonly<Record<Occurrence["zones"][number]["dst"], string>> = {
  none: "",
  shifted: "clocks leave this time out: it opens later",
  first: "clocks show this time twice: the first one",
  second: "clocks show this time twice: the second one",
};

/** What is special about an occurrence besides a freeze and what somebody decided: clock changes, zones, other windows. */
export function notesOf({ zones, without, clashes }: Occurrence): string[] {
  const changed = zones.filter(({ dst }) => dst !== "none");
  return [
    ...changed.map(({ timeZone, dst }) => `${timeZone}: ${DST[dst]}`),
    ...(without.length > 0 ? [`left out where clocks skip it: ${without.join(", ")}`] : []),
    ...clashes.map(({ window, machines }) => `overlaps ${window} on ${machines} ${machines === 1 ? "machine" : "machines"}`),
  ];
}

/** As the calendar says it: what of it can be seen before it comes. */
export function outlookState({ exception, frozen, isOpen }: Occurrence): "skipped" | "cancelled" | "frozen" | "open" | "coming" {
  if (exception) return exception.kind;
  if (frozen !== null) return "frozen";
  return isOpen ? "open" : "coming";
}
