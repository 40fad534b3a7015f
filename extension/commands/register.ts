import * as vscode from "vscode";
import { complain } from "../messages/say.ts";
import { forgetClosedPlans } from "./closed-plans.ts";
import { type CommandParts, NoEngine, type Run } from "./parts.ts";

/** Registers each command of the manifest. What it does is loaded with the first one that is called; what it throws is told to the person here, once and in the same way. */
export function registerCommands(parts: CommandParts): void {
  parts.context.subscriptions.push(forgetClosedPlans(parts.plans));
  const { commands }: { commands: readonly { command: string }[] } = parts.context.extension.packageJSON.contributes;
  for (const { command } of commands) {
    parts.context.subscriptions.push(vscode.commands.registerCommand(command, (...given: unknown[]) => perform(command, parts, given)));
  }
}

async function perform(command: string, parts: CommandParts, given: readonly unknown[]): Promise<unknown> {
  try {
    const { COMMANDS }: { COMMANDS: Readonly<Record<string, Run>> } = await import("./all.ts");
    const run = COMMANDS[command];
    if (!run) throw new Error(`${command} is in the manifest of this extension, and nothing does it`);
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
