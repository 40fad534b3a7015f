import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { PATIENCE_MS } from "./commands/stage.ts";

export interface Halt {
  session: vscode.DebugSession;
  threadId: number;
  reason: string;
}

/** What a person sees of debugging: where it halts, what is in variables, what the debug console says. */
export function watchDebugger() {
  const halts: Halt[] = [];
  let console = "";
  const started = new Set<string>();
  const ended = new Set<string>();
  const off = vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession(({ id }) => void started.add(id)),
    vscode.debug.onDidTerminateDebugSession(({ id }) => void ended.add(id)),
    vscode.debug.registerDebugAdapterTrackerFactory("*", {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage({ type, event, body }) {
          if (type !== "event") return;
          if (event === "stopped") halts.push({ session, threadId: body.threadId, reason: body.reason });
          if (event === "output") console += body.output;
        },
      }),
    }),
  );
  const frames = async ({ session, threadId }: Halt): Promise<any[]> =>
    (await session.customRequest("stackTrace", { threadId, startFrame: 0, levels: 20 })).stackFrames;
  return {
    halts,
    console: () => console,
    halt: (): Promise<Halt> => eventually("it halts", () => halts.shift(), PATIENCE_MS),
    frames,
    async place(halt: Halt): Promise<string> {
      const [top] = await frames(halt);
      return `${String(top.source?.path).split(/[\\/]/).at(-1)}:${top.line}`;
    },
    /** Names and values of the scopes of the top frame, but for the global one. */
    async variables(halt: Halt): Promise<Record<string, string>> {
      const [top] = await frames(halt);
      const { scopes } = await halt.session.customRequest("scopes", { frameId: top.id });
      const all: Record<string, string> = {};
      for (const { variablesReference, expensive } of scopes) {
        if (expensive) continue;
        const { variables } = await halt.session.customRequest("variables", { variablesReference });
        for (const { name, value } of variables) all[name] ??= value;
      }
      return all;
    },
    async evaluate(halt: Halt, expression: string, context: "watch" | "repl" | "hover" = "watch"): Promise<string> {
      const [top] = await frames(halt);
      return (await halt.session.customRequest("evaluate", { expression, frameId: top.id, context })).result;
    },
    /** Halts from now on where something is thrown that nobody catches, as the box in VS Code's list of breakpoints does. */
    haltOnUncaught: ({ session }: Halt) => session.customRequest("setExceptionBreakpoints", { filters: ["uncaught"] }),
    go: ({ session, threadId }: Halt, how: "continue" | "next" | "stepIn" = "continue") => session.customRequest(how, { threadId }),
    /** `activeDebugSession` may be one that has ended: VS Code tells of both in any order. */
    ended: () => eventually("all debug sessions have ended", () => [...started].every((id) => ended.has(id)), PATIENCE_MS),
    forget() {
      halts.length = 0;
      console = "";
    },
    dispose() {
      vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
      off.dispose();
    },
  };
}

export function breakAt(uri: vscode.Uri, line: number, condition?: string): void {
  addBreakpoint(uri, line, condition);
}
/** @param message with expressions in braces */
export function logAt(uri: vscode.Uri, line: number, message: string): void {
  addBreakpoint(uri, line, undefined, message);
}

function addBreakpoint(uri: vscode.Uri, line: number, condition?: string, message?: string): void {
  const location = new vscode.Location(uri, new vscode.Position(line - 1, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, condition, undefined, message)]);
}
