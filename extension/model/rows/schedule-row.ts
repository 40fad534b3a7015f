import { isEnabled, runbooksOf, textOf } from "../../../engine/core/loosely.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Occurrence, Preview, Resource } from "../../../engine/protocol/http/resources.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

const OCCURRENCE_ICONS: Record<Occurrence["status"], Icon> = {
  started: { name: "play", colour: COLOURS.good },
  waiting: { name: "watch", colour: COLOURS.active },
  missed: { name: "warning", colour: COLOURS.warning },
  merged: { name: "git-merge", colour: COLOURS.muted },
  skipped: { name: "debug-step-over", colour: COLOURS.muted },
  frozen: { name: "lock", colour: COLOURS.warning },
  refused: { name: "error", colour: COLOURS.bad },
};
const iconOf = (status: string): Icon => (Object.hasOwn(OCCURRENCE_ICONS, status) ? OCCURRENCE_ICONS[status as Occurrence["status"]] : { name: "question" });

/** @param last what became of it last, if that is known */
export function scheduleRow(schedule: Resource, last: Occurrence | undefined, now: number): Row {
  const { name, scope, spec, state } = schedule;
  const enabled = isEnabled(spec);
  const nextAt = textOf(state.nextAt);
  const rule = textOf(spec.cron) ?? "recurrence";
  const next = !enabled ? "off" : nextAt === undefined ? "is over" : `next ${relativeTime(nextAt, now)}`;
  return {
    id: name,
    label: name,
    description: [next, ...(last ? [`last ${last.status}`] : [])].join(" · "),
    tooltip: facts([
      ["Schedule", name],
      ["Scope", scope],
      ["Starts", runbooksOf(spec).join(", ")],
      ["Rule", rule],
      ["Time zone", textOf(spec.timeZone)],
      ["Next", nextAt],
      ["Last", last ? `${last.dueAt}: ${last.status}, ${last.reason}` : undefined],
    ]),
    icon: !enabled
      ? { name: "circle-slash", colour: COLOURS.muted }
      : last && ["missed", "refused"].includes(last.status)
        ? iconOf(last.status)
        : { name: "calendar" },
    is: ["schedule", enabled ? "enabled" : "disabled"],
    children: "closed",
    subject: schedule,
  };
}

const DST_WORDS: Record<Preview["items"][number]["dst"], string> = {
  none: "",
  shifted: "moved by the clock change",
  first: "first of two",
  second: "second of two",
  leftOut: "left out by the clock change",
};

export function comingRow(schedule: string, { at, dst, frozen, clashes }: Preview["items"][number]): Row {
  const notes = [DST_WORDS[dst], frozen === null ? "" : `held back: ${frozen}`, clashes.length === 0 ? "" : `clashes with ${clashes.join(", ")}`].filter(
    Boolean,
  );
  return {
    id: `${schedule} at ${at} ${dst}`,
    label: at.replace(/\[.*\]$/, "").replace("T", " "),
    description: notes.join(" · "),
    icon: notes.length === 0 ? { name: "arrow-small-right" } : { name: "warning", colour: COLOURS.warning },
    is: ["coming"],
  };
}

export function occurrenceRow({ id, dueAt, status, reason, jobId }: Occurrence, now: number): Row {
  return {
    id,
    label: relativeTime(dueAt, now),
    description: [status, reason].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Due", dueAt],
      ["Became", status],
      ["Because", reason],
      ["Job", jobId],
    ]),
    icon: iconOf(status),
    is: ["occurrence", ...(jobId === null ? [] : ["hasJob"])],
    ...(jobId === null ? {} : { click: { command: "runwright.openJobOutput", title: "Open Output", arguments: [jobId] } }),
  };
}
