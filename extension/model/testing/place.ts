import type { Program } from "../workspace/program.ts";

/** Where tests run: in the workspace's own `runwright`, because they are the workspace's own programs. */
export type TestPlace = { kind: "workspace"; program: Program } | { kind: "nowhere"; why: "untrusted" | "notInstalled" };

/** @param folder in which the test lies */
export async function testPlaceFor(
  folder: string,
  { isTrusted, program }: { isTrusted: boolean; program(folder: string): Promise<Program | undefined> },
): Promise<TestPlace> {
  if (!isTrusted) return { kind: "nowhere", why: "untrusted" };
  const own = await program(folder);
  return own ? { kind: "workspace", program: own } : { kind: "nowhere", why: "notInstalled" };
}

export interface Hindrance {
  text: string;
  button: { title: string; command: string };
}

/** What stands in the way, for people, and what they can do about it. */
export const HINDRANCES: Readonly<Record<(TestPlace & { kind: "nowhere" })["why"], Hindrance>> = {
  untrusted: {
    text: "This workspace is in Restricted Mode: tests are its own programs, so none runs before you trust it.",
    button: { title: "Manage Trust", command: "workbench.trust.manage" },
  },
  notInstalled: {
    text: "Tests run in the workspace's own runwright, and none is installed here: npm install --save-dev runwright",
    button: { title: "Install in a Terminal", command: "runwright.installInWorkspace" },
  },
};
