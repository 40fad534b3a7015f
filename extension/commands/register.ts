import * as vscode from "vscode";
import { complain } from "../messages/say.ts";
import { COMMANDS } from "./all.ts";
import { type CommandParts, NoEngine, type Run } from "./parts.ts";
import { forgetClosedPlans } from "./plan.ts";

/** Registers all commands. What one throws is told to the person here, once and in the same way. */
export function registerCommands(parts: CommandParts): void {
  parts.context.subscriptions.push(forgetClosedPlans(parts.plans));
  for (const [id, run] of Object.entries<Run>(COMMANDS)) {
    parts.context.subscriptions.push(vscode.commands.registerCommand(id, (...given: unknown[]) => perform(run, parts, given)));
  }
}

async function perform(run: Run, parts: CommandParts, given: readonly unknown[]): Promise<unknown> {
  try {
    return await run(parts, ...given);
  } catch (error) {
    if (isCancelled(error)) return undefined;
    // Not awaited: a message that nobody closes must not keep whoever has called the command waiting.
    void tell(error, parts);
    return undefined;
  }
}

async function tell(error: unknown, { session }: CommandParts): Promise<void> {
  const message = sentence(error instanceof Error ? error.message : String(error));
  if (!(error instanceof NoEngine)) return void (await complain(message));
  const { kind } = session.state();
  const step = kind === "lost" ? { title: "Try Again", command: "runwright.reconnect" } : { title: "Sign In", command: "runwright.signIn" };
  if (await complain(message, step.title)) await vscode.commands.executeCommand(step.command);
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
/** Of our own signals and of VS Code. */
const isCancelled = (error: unknown): boolean => error instanceof Error && (error.name === "AbortError" || error.name === "Canceled");
