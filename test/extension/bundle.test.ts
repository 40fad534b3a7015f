import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { build } from "esbuild";

const FOLDER = fileURLToPath(new URL("../../extension/", import.meta.url));
const manifest = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8"));

interface Loaded {
  activate(context: { subscriptions: unknown[] }): void;
  deactivate(): void;
}

/** Loads the extension as VS Code does: one CommonJS file that asks for the module `vscode` and gets it from the editor. */
async function load(editor: object): Promise<Loaded> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "extension.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode"],
    write: false,
    logLevel: "silent",
  });
  const module = { exports: {} as Loaded };
  const asked: string[] = [];
  const require = (name: string) => {
    asked.push(name);
    return editor;
  };
  runInThisContext(`(function (module, exports, require) {${outputFiles[0]?.text}\n})`)(module, module.exports, require);
  assert.deepEqual(asked, ["vscode"]);
  return module.exports;
}

describe("the bundle of the VS Code extension", () => {
  it("registers exactly the commands that its manifest promises, and shows the address from the settings", async () => {
    const commands = new Map<string, () => Promise<void>>();
    const shown: string[] = [];
    const settings: Record<string, unknown> = { url: manifest.contributes.configuration.properties["runwright.url"].default };
    const editor = {
      commands: { registerCommand: (name: string, run: () => Promise<void>) => commands.set(name, run) },
      window: {
        showInformationMessage: async (text: string) => shown.push(`info: ${text}`),
        showErrorMessage: async (text: string) => shown.push(`error: ${text}`),
      },
      workspace: { getConfiguration: (section: string) => ({ get: (name: string) => (section === "runwright" ? settings[name] : undefined) }) },
    };
    const extension = await load(editor);
    const context = { subscriptions: [] as unknown[] };
    extension.activate(context);
    assert.deepEqual(
      [...commands.keys()],
      manifest.contributes.commands.map(({ command }: { command: string }) => command),
    );
    assert.equal(context.subscriptions.length, commands.size);

    await commands.get("runwright.showEngineAddress")?.();
    settings.url = "nonsense";
    await commands.get("runwright.showEngineAddress")?.();
    assert.match(shown[0] ?? "", /^info: .*http:\/\/127\.0\.0\.1:4680$/);
    assert.match(shown[1] ?? "", /^error: .*nonsense$/);
    extension.deactivate();
  });
});
