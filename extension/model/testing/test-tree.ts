import { type SourceTest, testsIn } from "../../../engine/core/test-source.ts";

/** A test or a suite of a file. */
export interface TestNode {
  /** Within its file: its own name after those of its suites. */
  path: readonly string[];
  label: string;
  kind: SourceTest["kind"];
  /** From 1. */
  line: number;
  endLine: number;
  /** What runs has another name, and may be many. */
  isComputed: boolean;
  children: TestNode[];
}

/** What is longer isn't written by hand. */
const LONGEST_SOURCE = 1024 * 1024;

/** Whether a file of tests is ours: others in the same folder are for other runners. */
export const isOurTest = (path: string, text: string): boolean =>
  /\.test\.m?ts$/.test(path) && text.length <= LONGEST_SOURCE && /\bfrom\s*["']runwright\/testing["']/.test(text);

/** The tests of a file, by reading it: nothing of it runs. Of two with the same name the first is shown. @returns also whether some are left out, as there are too many */
export function testTree(text: string): { roots: TestNode[]; isCut: boolean } {
  const roots: TestNode[] = [];
  const known = new Map<string, TestNode>();
  const { tests, isCut } = testsIn(text);
  for (const { path, kind, line, endLine, isComputed } of tests) {
    if (known.has(keyOf(path))) continue;
    const node: TestNode = { path, label: path.at(-1) ?? "", kind, line, endLine, isComputed, children: [] };
    known.set(keyOf(path), node);
    (known.get(keyOf(path.slice(0, -1)))?.children ?? roots).push(node);
  }
  return { roots, isCut };
}

/** Of a test within its file. */
export const keyOf = (path: readonly string[]): string => JSON.stringify(path);

/** The node whose computed name this one has: `adds … and …` is `adds 1 and 2`. */
export function computedFor(name: string, siblings: readonly TestNode[]): TestNode | undefined {
  return siblings.find(({ label, isComputed }) => isComputed && new RegExp(`^${label.split("…").map(escaped).join("[^]*")}$`).test(name));
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
