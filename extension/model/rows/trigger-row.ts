import { TRIGGER_KINDS, type TriggerNote } from "../../../engine/core/trigger-note.ts";
import { COLOURS, facts, type Row } from "../row.ts";
import { triggerCount, triggerState } from "../triggers/trigger-words.ts";

/** Above the versions of a runbook, where something starts it. */
export const triggersRow = (runbook: string, notes: readonly TriggerNote[]): Row => ({
  id: `${runbook} is started by`,
  label: "Started by",
  description: triggerCount(notes),
  icon: { name: "zap" },
  is: ["triggers"],
  children: "closed",
  subject: notes,
});

export function triggerRow(runbook: string, note: TriggerNote, now: number): Row {
  const { kind, name, scope, isEnabled, when } = note;
  const { word, icon } = TRIGGER_KINDS[kind];
  return {
    id: `${runbook} is started by ${kind} ${name}`,
    label: name,
    description: [word, triggerState(note, now)].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Kind", kind],
      ["Scope", scope],
      ["Starts it", when],
      ["Next", note.nextAt],
      ["Version", note.version === undefined ? "the newest" : String(note.version)],
    ]),
    icon: isEnabled ? { name: icon } : { name: "circle-slash", colour: COLOURS.muted },
    is: ["trigger"],
    click: { command: "runwright.showTriggers", title: "Show", arguments: [{ kind, name }] },
    subject: note,
  };
}
