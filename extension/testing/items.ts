import * as vscode from "vscode";
import { cutTests } from "../../engine/core/test-source.ts";
import type { Picked } from "../model/testing/selection.ts";
import { computedFor, isOurTest, keyOf, type TestNode, testTree } from "../model/testing/test-tree.ts";
import type { Timers } from "../model/timers.ts";

const FILES = "**/*.test.{ts,mts}";
const NOT_IN = "**/{node_modules,dist}/**";
const MOST_FILES = 2_000;
/** Of typing; a file is read again after that. */
const PAUSE_MS = 300;

export interface TestItems extends vscode.Disposable {
  /** All files with tests of the workspace, once they have been looked for. */
  findAll(): Promise<void>;
  /** Looks for all files again, also for those that no watcher tells of (`files.watcherExclude`, network drives). */
  findAgain(): Promise<void>;
  /** The item of a file, read now. @returns undefined when it has no test of ours */
  ofFile(uri: vscode.Uri): Promise<vscode.TestItem | undefined>;
  /** The item of a test that runs; made when its name was computed. */
  ofTest(uri: vscode.Uri, path: readonly string[], line: number): vscode.TestItem | undefined;
  /** What an item stands for. */
  pickedBy(item: vscode.TestItem): Picked;
  /** Tests of a file without suites, for runs that leave some out. */
  testsIn(file: string): Picked[];
}

/** Keeps the tests of the Test Explorer as the files are. Files are read, never run, so this works in Restricted Mode, too. */
export function keepTestItems(controller: vscode.TestController, timers: Pick<Timers, "after">): TestItems {
  const known = new Map<string, { item: vscode.TestItem; roots: TestNode[] }>();
  const stands = new WeakMap<vscode.TestItem, Picked & { isSuite: boolean }>();
  const waiting = new Map<string, () => void>();
  let looked: Promise<unknown> | undefined;

  function setText(uri: vscode.Uri, text: string): vscode.TestItem | undefined {
    const key = uri.toString();
    const { roots, isCut } = isOurTest(uri.path, text) ? testTree(text) : { roots: [], isCut: false };
    if (roots.length === 0) {
      known.delete(key);
      controller.items.delete(key);
      return undefined;
    }
    const item = known.get(key)?.item ?? controller.createTestItem(key, vscode.workspace.asRelativePath(uri), uri);
    item.error = isCut ? cutTests() : undefined;
    stands.set(item, { file: uri.fsPath, isSuite: true });
    item.children.replace(roots.map((node) => itemOf(uri, node, item.children)));
    known.set(key, { item, roots });
    controller.items.add(item);
    return item;
  }

  function itemOf(uri: vscode.Uri, { path, label, line, endLine, kind, isComputed, children }: TestNode, before: vscode.TestItemCollection): vscode.TestItem {
    const id = `${uri.toString()} ${keyOf(path)}`;
    // An item that stays keeps its result, and those that were found as it ran.
    const item = before.get(id) ?? controller.createTestItem(id, label, uri);
    item.range = new vscode.Range(line - 1, 0, endLine - 1, 0);
    stands.set(item, { file: uri.fsPath, path, isComputed, isSuite: kind === "suite" });
    const made = [...item.children].map(([, child]) => child).filter((child) => isComputed && stands.get(child)?.isComputed === false);
    item.children.replace([...children.map((node) => itemOf(uri, node, item.children)), ...made]);
    return item;
  }

  async function read(uri: vscode.Uri): Promise<vscode.TestItem | undefined> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    try {
      return setText(uri, open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    } catch {
      return setText(uri, ""); // it has gone
    }
  }

  function readSoon(uri: vscode.Uri): void {
    const key = uri.toString();
    waiting.get(key)?.();
    const stop = timers.after(PAUSE_MS, () => {
      waiting.delete(key);
      void read(uri);
    });
    waiting.set(key, stop);
  }

  const isTest = ({ path, scheme }: vscode.Uri) =>
    /\.test\.m?ts$/.test(path) && !/\/(node_modules|dist)\//.test(path) && scheme !== "git" && scheme !== "runwright";
  /** A folder has no file extension, mostly: one that has is looked into when it is refreshed. */
  const mayBeFolder = ({ path }: vscode.Uri) => /(^|\/)[^/.]+$/.test(path) && !/\/(node_modules|dist)(\/|$)/.test(path);

  function lookIntoSoon(folder: vscode.Uri): void {
    const key = `${folder.toString()}/`;
    waiting.get(key)?.();
    const stop = timers.after(PAUSE_MS, () => {
      waiting.delete(key);
      void look(new vscode.RelativePattern(folder, FILES));
    });
    waiting.set(key, stop);
  }

  async function look(within: vscode.GlobPattern): Promise<readonly vscode.Uri[]> {
    const found = await vscode.workspace.findFiles(within, NOT_IN, MOST_FILES);
    for (const uri of found) if (!known.has(uri.toString())) await read(uri);
    return found;
  }

  const watcher = vscode.workspace.createFileSystemWatcher(FILES);
  // What is written into a new folder before the system watches that, too, is told of by nobody: a checkout of a branch does so.
  const folders = vscode.workspace.createFileSystemWatcher("**", false, true, true);
  const off = vscode.Disposable.from(
    watcher,
    folders,
    folders.onDidCreate((uri) => mayBeFolder(uri) && lookIntoSoon(uri)),
    watcher.onDidCreate((uri) => isTest(uri) && readSoon(uri)),
    watcher.onDidChange((uri) => isTest(uri) && readSoon(uri)),
    watcher.onDidDelete((uri) => setText(uri, "")),
    vscode.workspace.onDidOpenTextDocument(({ uri }) => isTest(uri) && void read(uri)),
    vscode.workspace.onDidChangeTextDocument(({ document: { uri } }) => isTest(uri) && readSoon(uri)),
  );
  for (const { uri } of vscode.workspace.textDocuments) if (isTest(uri)) readSoon(uri);

  return {
    async findAll() {
      looked ??= look(FILES);
      await looked;
    },
    async findAgain() {
      looked = look(FILES);
      await looked;
      for (const { item } of known.values()) if (item.uri) await read(item.uri);
    },
    ofFile: read,
    ofTest(uri, path, line) {
      const file = known.get(uri.toString());
      if (!file) return undefined;
      let item = file.item;
      let nodes: readonly TestNode[] = file.roots;
      for (const [depth, name] of path.entries()) {
        const id = `${uri.toString()} ${keyOf(path.slice(0, depth + 1))}`;
        const named = item.children.get(id);
        const node = nodes.find(({ label, isComputed }) => label === name && !isComputed) ?? computedFor(name, nodes);
        const holder = node?.isComputed ? (item.children.get(`${uri.toString()} ${keyOf(node.path)}`) ?? item) : item;
        const found = named ?? holder.children.get(id) ?? made(id, name, uri, path.slice(0, depth + 1), line, holder);
        item = found;
        nodes = node?.children ?? [];
      }
      return item;
    },
    pickedBy: (item) => stands.get(item) ?? { file: item.uri?.fsPath ?? "" },
    testsIn(file) {
      const leaves = (nodes: readonly TestNode[]): TestNode[] => nodes.flatMap((node) => (node.children.length > 0 ? leaves(node.children) : [node]));
      return leaves(known.get(vscode.Uri.file(file).toString())?.roots ?? []).map(({ path, isComputed }) => ({ file, path, isComputed }));
    },
    dispose() {
      off.dispose();
      for (const stop of waiting.values()) stop();
    },
  };

  /** One of those with a computed name, below what stands for all of them. */
  function made(id: string, name: string, uri: vscode.Uri, path: readonly string[], line: number, holder: vscode.TestItem): vscode.TestItem {
    const item = controller.createTestItem(id, name, uri);
    item.range = new vscode.Range(line - 1, 0, line - 1, 0);
    stands.set(item, { file: uri.fsPath, path, isComputed: false, isSuite: false });
    holder.children.add(item);
    return item;
  }
}
