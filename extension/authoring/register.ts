import * as vscode from "vscode";
import type { EngineAccess } from "../model/authoring/engine-access.ts";
import { createKnownNames } from "../model/authoring/known-names.ts";
import { LENSES } from "../model/authoring/lenses.ts";
import { createKnownTriggers } from "../model/triggers/known-triggers.ts";
import { registerCheck } from "./check.ts";
import { registerCodeActions } from "./code-actions.ts";
import { registerCodeLens } from "./code-lens.ts";
import { registerCompletion } from "./completion.ts";
import { registerHovers } from "./hover.ts";
import type { AuthoringParts } from "./parts.ts";
import { registerResourceDiagnostics } from "./resource-diagnostics.ts";
import { keepTypes, sdkTypesIn } from "./sdk-types.ts";

export interface AuthoringNeeds extends EngineAccess, Pick<AuthoringParts, "workbench" | "patience"> {
  /** Of the connection's state. */
  onChange(listener: (state: { readonly kind: string }) => void): () => void;
}

/** Everything that helps to write runbooks and resources. Nothing here waits; what is heavy is loaded when it is first needed. */
export function registerAuthoring(context: vscode.ExtensionContext, { workbench, patience, onChange, ...whole }: AuthoringNeeds): void {
  // What is asked for a file holds words of it, such as a selector: in Restricted Mode nothing is asked.
  const engine: EngineAccess = { address: whole.address, client: async () => (vscode.workspace.isTrusted ? whole.client() : undefined) };
  const now = () => Date.now();
  const names = createKnownNames({ engine, now });
  const changed = (listener: () => void) => onChange(({ kind }) => (kind === "connected" ? listener() : undefined));
  const triggers = createKnownTriggers({ engine, now });
  const parts: AuthoringParts = { engine, now, names, triggers, workbench, patience, changed };
  context.subscriptions.push(
    { dispose: changed(names.forget) },
    { dispose: onChange(triggers.forget) },
    registerLenses(parts),
    registerHovers(parts),
    registerCompletion(parts),
    registerResourceDiagnostics(parts),
    registerCheck(parts),
    registerCodeActions(parts),
    keepTypes(sdkTypesIn(context.extensionUri)),
  );
}

/** A lens whose command nobody has registered would only fail. */
function registerLenses({ triggers, changed: reconnected }: Pick<AuthoringParts, "triggers" | "changed">): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let offered: ReadonlySet<string> | undefined;
  const look = async () => {
    const all = new Set(await vscode.commands.getCommands(true));
    offered = new Set(LENSES.map(({ command }) => command).filter((command) => all.has(command)));
    changed.fire();
  };
  const isOffered = (command: string) => {
    if (!offered) void look();
    offered ??= new Set();
    return offered.has(command);
  };
  return vscode.Disposable.from(
    changed,
    { dispose: triggers.on(() => changed.fire()) },
    { dispose: reconnected(() => changed.fire()) },
    registerCodeLens({ isOffered, triggersOf: (runbook) => triggers.known()?.of(runbook) ?? [], changed: changed.event }),
  );
}
