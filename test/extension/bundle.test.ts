import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { build } from "esbuild";
import { editorThat } from "./editor.ts";

const FOLDER = fileURLToPath(new URL("../../extension/", import.meta.url));
const manifest = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8"));

interface Loaded {
  activate(context: object): void;
  deactivate(): void;
}

/** Loads the extension as VS Code does: one CommonJS file that asks for the module `vscode` and gets it from the editor; all else is Node's own. */
async function load(editor: object): Promise<Loaded & { bytes: number; asked: string[] }> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "extension.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    absWorkingDir: FOLDER,
    alias: { vscode: "./vscode-api.cjs" },
    inject: [join(FOLDER, "temporal.mjs")],
    minify: true,
    write: false,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const module = { exports: {} as Loaded };
  const ofNode = createRequire(import.meta.url);
  const asked: string[] = [];
  const require = (name: string) => {
    asked.push(name);
    if (name === "vscode") return editor;
    assert.ok(isBuiltin(name), `the bundle asks for ${name}, which isn't there in an editor`);
    return ofNode(name);
  };
  runInThisContext(`(function (module, exports, require) {${text}\n})`)(module, module.exports, require);
  return { ...module.exports, asked, bytes: Buffer.byteLength(text) };
}

describe("the bundle of the VS Code extension", () => {
  it("registers exactly the commands and views that its manifest promises, without asking for a secret or the network", async () => {
    const commands: string[] = [];
    const views: string[] = [];
    const asked: string[] = [];
    const editor = editorThat({
      commands: {
        registerCommand(name: string) {
          commands.push(name);
          return { dispose() {} };
        },
      },
      workspace: { textDocuments: [] },
      window: {
        visibleTextEditors: [],
        createTreeView(id: string) {
          views.push(id);
          return { visible: false, dispose() {}, onDidChangeVisibility: () => ({ dispose() {} }) };
        },
      },
    });
    const secrets = { get: async (key: string) => void asked.push(key), onDidChange: () => ({ dispose() {} }) };
    const keeper = { get: (key: string) => (key === "runwright.engines" ? [{ url: "http://127.0.0.1:9", as: "ada" }] : undefined), update: async () => {} };
    const subscriptions: { dispose(): void }[] = [];
    const extension = await load(editor);
    extension.activate({ subscriptions, secrets, globalState: keeper, workspaceState: keeper, extensionUri: {}, asAbsolutePath: (path: string) => path });
    const promised = manifest.contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual(commands.sort(), promised.sort());
    assert.deepEqual(
      views,
      manifest.contributes.views.runwright.map(({ id }: { id: string }) => id),
    );
    assert.deepEqual(asked, []);
    for (const one of subscriptions.reverse()) one.dispose();
    extension.deactivate();
  });

  it("is loaded without what only a socket needs, and without going through the members of the editor's interface for each of its files", async () => {
    let listings = 0;
    const editor = new Proxy(editorThat({}), {
      ownKeys() {
        listings++;
        return ["prototype"];
      },
    });
    const { asked } = await load(editor);
    assert.equal(asked.includes("zlib") || asked.includes("node:zlib"), false, asked.join(", "));
    assert.equal(listings, 0);
  });

  it("has less than 850 kB, of which a package takes a third", async () => {
    const { bytes } = await load(editorThat({}));
    assert.ok(bytes < 850_000, `${bytes} bytes`);
  });
});
