import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { format } from "node:util";
import type * as vscode from "vscode";

/** What somebody does with one question of the extension. */
export type Answer = { /** Happens while the question is open. */ meanwhile?: () => Promise<unknown> } & (
  | { write: string }
  /** Labels of rows, or the beginning of them; several where several can be picked. */
  | { pick: string | readonly string[] }
  | { press: string }
  | { save: vscode.Uri | undefined }
  | { leave: true }
);

export interface Said {
  how: "error" | "warning" | "information" | "status";
  words: string;
  detail: string;
}

interface Theatre {
  views: Map<string, { view: vscode.TreeView<unknown>; provider: vscode.TreeDataProvider<any> }>;
  panels: { panel: vscode.WebviewPanel; heard: unknown[]; posted: any[] }[];
  serializers: Map<string, vscode.WebviewPanelSerializer>;
  status: vscode.StatusBarItem | undefined;
  said: Said[];
  answers: Answer[];
  questions: string[];
  unanswered: string[];
}

const { RUNWRIGHT_TEST_ROOT: root = "" } = process.env;
/** VS Code gives each extension a `vscode` of its own: this is the one that ours gets. */
const own: typeof vscode = createRequire(join(root, "extension", "dist", "extension.cjs"))("vscode");

/** Each test file is a bundle with its own copy of this module; the extension is there once. */
const PLACE = Symbol.for("runwright.tests.theatre");
const known: Record<symbol, Theatre | undefined> = globalThis as never;
const theatre: Theatre = known[PLACE] ?? watch();
known[PLACE] = theatre;

/** Keeps what the extension makes, and answers in place of a person what it asks; all else is VS Code's own. The walk in `ui` answers with keys. */
function watch(): Theatre {
  const kept: Theatre = { views: new Map(), panels: [], serializers: new Map(), status: undefined, said: [], answers: [], questions: [], unanswered: [] };
  const window = own.window;
  const { createTreeView, createWebviewPanel, createStatusBarItem, registerWebviewPanelSerializer } = window;

  async function ask(question: string): Promise<Answer> {
    kept.questions.push(question);
    const answer = kept.answers.shift();
    await answer?.meanwhile?.();
    if (answer) return answer;
    kept.unanswered.push(question);
    return { leave: true };
  }
  const wrong = (answer: Answer, question: string) => {
    kept.unanswered.push(`${question}: it can't be answered with ${JSON.stringify(answer)}`);
    return undefined;
  };
  const message =
    (how: "error" | "warning" | "information") =>
    async (words: string, ...rest: any[]): Promise<unknown> => {
      const [options] = rest;
      const isModal = typeof options === "object" && options.modal === true;
      kept.said.push({ how, words, detail: isModal ? String(options.detail ?? "") : "" });
      const buttons: unknown[] = rest.filter((one) => typeof one === "string");
      const next = kept.answers[0];
      // A message that nobody needs to answer stays until somebody presses one of its buttons.
      if (!isModal && !(next && "press" in next && buttons.includes(next.press))) return undefined;
      const answer = await ask(words);
      if ("leave" in answer) return undefined;
      return "press" in answer && buttons.includes(answer.press) ? answer.press : wrong(answer, words);
    };

  const stand: Partial<Record<keyof typeof window, unknown>> = {
    createTreeView(id: string, options: vscode.TreeViewOptions<unknown>) {
      const view = createTreeView(id, options);
      kept.views.set(id, { view, provider: options.treeDataProvider });
      return view;
    },
    createWebviewPanel(...given: Parameters<typeof createWebviewPanel>) {
      const panel = createWebviewPanel(...given);
      const one = { panel, heard: [] as unknown[], posted: [] as any[] };
      panel.webview.onDidReceiveMessage((word) => one.heard.push(word));
      const post = panel.webview.postMessage.bind(panel.webview);
      Object.defineProperty(panel.webview, "postMessage", {
        value: (content: unknown) => {
          one.posted.push(content);
          return post(content);
        },
      });
      kept.panels.push(one);
      return panel;
    },
    registerWebviewPanelSerializer(viewType: string, serializer: vscode.WebviewPanelSerializer) {
      kept.serializers.set(viewType, serializer);
      return registerWebviewPanelSerializer(viewType, serializer);
    },
    createStatusBarItem(...given: Parameters<typeof createStatusBarItem>) {
      kept.status = createStatusBarItem(...given);
      return kept.status;
    },
    setStatusBarMessage(words: string) {
      kept.said.push({ how: "status", words, detail: "" });
      return { dispose() {} };
    },
    showErrorMessage: message("error"),
    showWarningMessage: message("warning"),
    showInformationMessage: message("information"),
    async showInputBox({ title = "", prompt = "", validateInput }: vscode.InputBoxOptions = {}) {
      const question = `${title}: ${prompt}`;
      const answer = await ask(question);
      if ("leave" in answer) return undefined;
      if (!("write" in answer)) return wrong(answer, question);
      const problem = await validateInput?.(answer.write);
      if (!problem) return answer.write;
      kept.said.push({ how: "error", words: typeof problem === "string" ? problem : problem.message, detail: "" });
      return undefined;
    },
    async showQuickPick(given: any, { title = "", placeHolder = "", canPickMany }: vscode.QuickPickOptions = {}) {
      const items: vscode.QuickPickItem[] = await given;
      const question = `${title}: ${placeHolder}`;
      const answer = await ask(question);
      if ("leave" in answer) return undefined;
      if (!("pick" in answer)) return wrong(answer, question);
      const find = (label: string) =>
        items.find((item) => item.label === label) ?? items.find((item) => `${item.label} ${item.description ?? ""} ${item.detail ?? ""}`.includes(label));
      const found = [answer.pick].flat().map(find);
      if (found.includes(undefined)) return wrong(answer, `${question} of ${items.map(({ label }) => label).join(", ")}`);
      return canPickMany ? found : found[0];
    },
    async showSaveDialog() {
      const answer = await ask("where to save");
      return "save" in answer ? answer.save : wrong(answer, "where to save");
    },
    async showWorkspaceFolderPick() {
      const folders = own.workspace.workspaceFolders ?? [];
      const question = `which of ${folders.map(({ name }) => name).join(", ")}`;
      const answer = await ask(question);
      if ("leave" in answer) return undefined;
      return "pick" in answer ? folders.find(({ name }) => name === answer.pick) : wrong(answer, question);
    },
  };
  Object.assign(window, stand);
  return kept;
}

/** What was said and asked while somebody did one thing. */
export interface Outcome {
  said: Said[];
  questions: string[];
}

async function perform(command: string, given: readonly unknown[], answers: readonly Answer[]): Promise<Outcome & { errors: string[] }> {
  theatre.said.length = 0;
  theatre.questions.length = 0;
  theatre.unanswered.length = 0;
  theatre.answers.splice(0, Number.POSITIVE_INFINITY, ...answers);
  await own.commands.executeCommand(command, ...given);
  const said = [...theatre.said];
  const errors = said.filter(({ how }) => how === "error").map(({ words }) => words);
  const words = errors.length > 0 ? `; it said: ${errors.join(" ")}` : "";
  assert.deepEqual(theatre.unanswered, [], `${command} asked something else${words}`);
  assert.deepEqual(theatre.answers, [], `${command} asked for less than it was told${words}`);
  return { said, questions: [...theatre.questions], errors };
}

/** Somebody runs a command and answers what it asks, all of it in this order. @throws what it tells of a failure */
export async function does(command: string, given: readonly unknown[] = [], ...answers: Answer[]): Promise<Outcome> {
  const outcome = await perform(command, given, answers);
  assert.deepEqual(outcome.errors, [], command);
  return outcome;
}

/** The same where it can't be done. @returns what is said about it */
export async function failsAt(command: string, given: readonly unknown[] = [], ...answers: Answer[]): Promise<string> {
  const { errors } = await perform(command, given, answers);
  assert.equal(errors.length, 1, format(`${command} said`, errors));
  return errors[0] ?? "";
}

/** What is asked while no command runs, such as by a debug session. */
export function willAnswer(...answers: Answer[]): void {
  theatre.answers.splice(0, Number.POSITIVE_INFINITY, ...answers);
}

export const extensionView = (id: string) => {
  const found = theatre.views.get(id);
  assert.ok(found, `the extension has made no view ${id}; it has ${[...theatre.views.keys()].join(", ")}`);
  return found;
};
/** Rows of a view as VS Code asks for them. */
export async function rowsOf(view: string, parent?: unknown): Promise<any[]> {
  return (await extensionView(view).provider.getChildren(parent)) ?? [];
}
export async function rowOf(view: string, label: string, parent?: unknown): Promise<any> {
  const rows = await rowsOf(view, parent);
  const found = rows.find((row) => row.label === label || row.id === label);
  assert.ok(found, `${view} has no ${label}; it has ${rows.map((row) => row.label).join(", ")}`);
  return found;
}
export const itemOf = async (view: string, row: unknown): Promise<vscode.TreeItem> => extensionView(view).provider.getTreeItem(row);

export const statusBar = (): vscode.StatusBarItem => {
  assert.ok(theatre.status, "the extension has no status bar item");
  return theatre.status;
};
export const newestPanel = () => {
  const found = theatre.panels.at(-1);
  assert.ok(found, "the extension has opened no page");
  return found;
};
/** VS Code gives a page back, as after the window was loaded again. @returns what it is told then */
export async function givenBack(viewType: string, state: unknown): Promise<any[]> {
  const panel = own.window.createWebviewPanel(viewType, "as it was", own.ViewColumn.Active);
  await theatre.serializers.get(viewType)?.deserializeWebviewPanel(panel, state);
  return newestPanel().posted;
}
export const panelCount = (): number => theatre.panels.length;

/** What the extension has said while the present command goes on. */
export const saidSoFar = (): readonly Said[] => theatre.said;

/** Signs in with a token, as a person would. */
export async function signInTo({ url, token }: { url: string; token: string }): Promise<void> {
  await does("runwright.signIn", [], { write: url }, { pick: "$(key) With a token" }, { write: token });
}
/** Until this window works with no engine: signing out twice forgets it. */
export async function signOutOfAll(): Promise<void> {
  for (let most = 0; most < 20 && !statusBar().text.endsWith(" Runwright"); most++) await does("runwright.signOut");
}
