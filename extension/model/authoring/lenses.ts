import type { TriggerNote } from "../../../engine/core/trigger-note.ts";
import { triggerCount } from "../triggers/trigger-words.ts";

/** What can be done with a runbook from its file. The commands are given the file's URI. */
export const LENSES = [
  { title: "$(play) Run", command: "runwright.run", tooltip: "Run this runbook on the engine" },
  { title: "$(debug-alt) Debug", command: "runwright.debug", tooltip: "Run it with breakpoints" },
  { title: "$(beaker) Test", command: "runwright.test", tooltip: "Run its tests" },
  { title: "$(cloud-upload) Publish", command: "runwright.publish", tooltip: "Compare it with the published version and publish it" },
  { title: "$(history) History", command: "runwright.history", tooltip: "Show its versions" },
] as const;

/** What starts a runbook by itself, if something does. */
export const triggerLens = (notes: readonly TriggerNote[]): { title: string; command: string; tooltip: string }[] =>
  notes.length === 0 ? [] : [{ title: `$(zap) ${triggerCount(notes)}`, command: "runwright.showTriggers", tooltip: "Show what starts this runbook by itself" }];
