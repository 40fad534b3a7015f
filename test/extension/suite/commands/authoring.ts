import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { does } from "../person.ts";

/** A folder in which nothing is installed. */
async function inBareFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bare "));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const AUTHORING = {
  "runwright.setUpTypes": () =>
    inBareFolder(async (folder) => {
      const first = await does("runwright.setUpTypes", [vscode.Uri.file(folder)]);
      assert.equal(first.said.at(-1)?.words, "Wrote tsconfig.json, .runwright/ (types of the SDK, ignored by Git).");
      assert.match(await readFile(join(folder, ".runwright", "runwright.d.ts"), "utf8"), /declare module "runwright" \{/);
      const again = await does("runwright.setUpTypes", [vscode.Uri.file(folder)]);
      assert.equal(again.said.at(-1)?.words, "Everything is there already.");
    }),
  "runwright.updateTypes": () =>
    inBareFolder(async (folder) => {
      const { said } = await does("runwright.updateTypes", [vscode.Uri.file(folder)]);
      assert.match(said.at(-1)?.words ?? "", /^Wrote runwright-assets\.d\.ts: \d+ assets, [1-9]\d* runbooks, \d+ tags\.$/);
      assert.match(await readFile(join(folder, "runwright-assets.d.ts"), "utf8"), /"hello": /);
    }),
};
