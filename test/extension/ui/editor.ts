import type { Context } from "mocha";
import { Unavailable } from "../../../scripts/vscode/npm-package.mjs";
import { type Editor, setUpEditor } from "../../../scripts/vscode/setup.mjs";
import { skip } from "../../support/skip.ts";

const SET_UP_WITHIN_MS = 5 * 60_000;

/** The editor to walk through, for a `before` hook: the suite is skipped where it can't be had. */
export async function editorOrSkip(context: Context, which: "newest" | "oldest"): Promise<Editor> {
  context.timeout(SET_UP_WITHIN_MS);
  try {
    return await setUpEditor(which);
  } catch (error) {
    if (error instanceof Unavailable) skip(context, error.message);
    throw error;
  }
}
