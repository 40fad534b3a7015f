import { counted } from "../../../engine/core/counted.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import { TRIGGER_KINDS, type TriggerKind, type TriggerNote } from "../../../engine/core/trigger-note.ts";
import type { Triggers } from "./read-triggers.ts";

/** `off`, or when next, and whether it stays with a version. */
export function triggerState({ isEnabled, nextAt, version }: TriggerNote, now: number): string {
  const next = !isEnabled ? "off" : nextAt === undefined ? "" : `next ${relativeTime(nextAt, now)}`;
  return [next, version === undefined ? "" : `stays at version ${version}`].filter(Boolean).join(", ");
}

/** `Schedule nightly: 30 2 * * * in Europe/Berlin (next in 3 h)`. */
export function triggerLine(note: TriggerNote, now: number): string {
  const state = triggerState(note, now);
  const word = TRIGGER_KINDS[note.kind].word;
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)} ${note.name}: ${note.when}${state === "" ? "" : ` (${state})`}`;
}

/** `2 schedules, 1 webhook`; an empty text for none. */
export function triggerCount(notes: readonly TriggerNote[]): string {
  const count = (kind: TriggerKind) => notes.filter((one) => one.kind === kind).length;
  return (Object.keys(TRIGGER_KINDS) as TriggerKind[]).flatMap((kind) => (count(kind) === 0 ? [] : counted(count(kind), TRIGGER_KINDS[kind].word))).join(", ");
}

const MOST = 10;

/** Lines of a question or a hover: what will start a runbook, and what couldn't be looked at. */
export function triggerLines(triggers: Triggers, runbook: string, now: number): string[] {
  const notes = triggers.of(runbook);
  const more = notes.length > MOST ? [`and ${notes.length - MOST} more`] : [];
  return [...notes.slice(0, MOST).map((note) => triggerLine(note, now)), ...more, ...triggers.gaps.map((gap) => `(${gap})`)];
}

/** For the question before publishing: what will start the new version. */
export function publishingNote(triggers: Triggers, runbook: string, now: number): string {
  const notes = triggers.of(runbook);
  const heading = notes.length === 0 ? "Nothing that can be seen starts it by itself." : "What starts it by itself:";
  return [heading, ...triggerLines(triggers, runbook, now)].join("\n");
}
