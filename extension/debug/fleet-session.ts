import { basename, isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import type { FleetDebugEvent } from "../../engine/protocol/fleet-debug.ts";
import type { Adapter } from "../model/debug/adapter.ts";
import { entryText } from "../model/jobs/entry-text.ts";
import { attachBelow } from "./attach.ts";
import type { DebugParts, Prepared } from "./parts.ts";

interface FleetParts {
  prepared: Extract<Prepared, { kind: "fleet" }>;
  parts: Pick<DebugParts, "workbench">;
  parent: vscode.DebugSession;
  adapter: Pick<Adapter, "print" | "finished">;
}

/** Goes through one session in a fake fleet: the workspace's own program runs it, on this computer. */
export async function goThroughFleet({ prepared, parts, parent, adapter }: FleetParts, signal: AbortSignal): Promise<{ end(): void }> {
  const words = await import("../model/debug/step-text.ts");
  const { program, runbook, file, fleet, params, dry } = prepared;
  const folder = vscode.Uri.joinPath(file, "..").fsPath;
  const life = new AbortController();
  const end = () => life.abort();
  signal.addEventListener("abort", end, { once: true });
  const { print, finished } = adapter;

  function tell(event: FleetDebugEvent): void {
    switch (event.type) {
      case "listening":
        void attachBelow(parent, event.url, runbook).then((isStarted) => isStarted || end(), end);
        break;
      case "step": {
        const place = words.siteOf(event.step.site);
        print(words.stepText(event.step), place ? { ...place, path: isAbsolute(place.path) ? place.path : join(folder, place.path) } : {});
        break;
      }
      case "entry":
        print(entryText(event.entry), { category: event.entry.kind === "log" && event.entry.level === "error" ? "stderr" : "stdout" });
        break;
      case "ended": {
        const { status, failureCode, error, commands } = event;
        for (const { machine, text } of commands) print(`${machine} was told: ${text}`);
        const { text, isFine } = words.endText({ type: "ended", job: runbook, status, failureCode, error }, undefined);
        print(text, { category: isFine ? "console" : "stderr" });
        finished(isFine ? 0 : 1);
        break;
      }
    }
  }

  const how = dry ? "; dry: writes are recorded and shown, not done" : "";
  print(
    `${runbook} runs in the fake fleet of ${basename(fleet)}, in the workspace's runwright ${program.version}: no engine and no machine has a part in it${how}.`,
  );
  const run = { ...{ file: file.fsPath, fleet, cwd: parent.workspaceFolder?.uri.fsPath ?? folder, params, dry }, tell, hear: (line: string) => print(line) };
  parts.workbench
    .debugInFleet(program, { ...run, signal: life.signal })
    .catch((error: unknown) => {
      if (!life.signal.aborted) print(`The session has ended: ${error instanceof Error ? error.message : String(error)}`, { category: "stderr" });
    })
    .finally(() => {
      signal.removeEventListener("abort", end);
      finished(1); // unless it has ended before
    });
  return { end };
}
