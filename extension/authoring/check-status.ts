import * as vscode from "vscode";
import type { Place } from "../model/authoring/check/findings.ts";
import { statusWords } from "../model/authoring/check/status-words.ts";
import { unlinked } from "../model/unlinked.ts";
import { RUNBOOKS } from "./documents.ts";

/** In the language status of TypeScript: where runbooks are checked, and whether that works. */
export function createCheckStatus() {
  let item: vscode.LanguageStatusItem | undefined;
  return {
    /** @returns what is called when the check has ended, with what went wrong */
    begin(uri: vscode.Uri, place: Place): (problem?: string) => void {
      item ??= vscode.languages.createLanguageStatusItem("runwright.check", RUNBOOKS);
      item.name = "Runwright";
      const own = item;
      const say = (problem: string | undefined, busy: boolean) => {
        const { text, detail, command } = statusWords(place, problem);
        own.text = text;
        own.detail = unlinked(detail);
        own.busy = busy;
        own.severity = problem === undefined ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
        own.command = command && { ...command, arguments: [uri] };
      };
      say(undefined, place.kind !== "nowhere");
      return (problem) => say(problem, false);
    },
    dispose: () => item?.dispose(),
  };
}
