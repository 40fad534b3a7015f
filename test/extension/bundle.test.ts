import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { buildExtension } from "../../scripts/vscode/build-extension.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { editorThat } from "./editor.ts";

const FOLDER = fileURLToPath(new URL("../../extension/", import.meta.url));
const manifest = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8"));

interface Loaded {
  activate(context: object): void;
  deactivate(): void;
}

/** Loads what `npm run build` makes as VS Code does: a CommonJS file and others beside it, which ask for the module `vscode` and get it from the editor; all else is Node's own. */
function load(folder: string, editor: object): Loaded & { bytes: number; asked: string[]; require(name: string): object } {
  const ofNode = createRequire(import.meta.url);
  const asked: string[] = [];
  const loaded = new Map<string, object>();
  let bytes = 0;
  const read = (file: string): object => {
    const text = readFileSync(join(folder, file), "utf8");
    bytes += Buffer.byteLength(text);
    const module = { exports: {} };
    loaded.set(file, module);
    runInThisContext(`(function (module, exports, require) {${text}\n})`)(module, module.exports, require);
    return module.exports;
  };
  const require = (name: string) => {
    if (name.startsWith("./")) return Object(loaded.get(name)).exports ?? read(name);
    asked.push(name);
    if (name === "vscode") return editor;
    assert.ok(isBuiltin(name), `the bundle asks for ${name}, which isn't there in an editor`);
    return ofNode(name);
  };
  return { ...(read("./extension.cjs") as Loaded), asked, bytes, require };
}

describe("the bundle of the VS Code extension", function () {
  this.timeout(60_000);
  let folder: TemporaryDirectory;
  before(async () => {
    folder = await temporaryDirectory();
    await buildExtension(["--minify", "--outdir", folder.path]);
  });
  after(() => folder.remove());

  it("registers exactly the commands and views that its manifest promises, without asking for a secret or the network", () => {
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
    const extension = load(folder.path, editor);
    const own = { packageJSON: manifest };
    extension.activate({
      subscriptions,
      extension: own,
      secrets,
      globalState: keeper,
      workspaceState: keeper,
      extensionUri: {},
      asAbsolutePath: (path: string) => path,
    });
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

  it("has parts that all load once they are asked for, one of which does each command of the manifest and no other", () => {
    const { require } = load(folder.path, editorThat({}));
    const parts = readdirSync(folder.path).filter((name) => name.startsWith("part-") && name.endsWith(".cjs"));
    assert.ok(parts.length > 10, `${parts.length} parts`);
    const done = parts.flatMap((name) => Object.keys(Object(require(`./${name}`)).COMMANDS ?? {}));
    assert.deepEqual(done.sort(), manifest.contributes.commands.map(({ command }: { command: string }) => command).sort());
  });

  it("is loaded without what only a socket needs, and without going through the members of the editor's interface for each of its files", () => {
    let listings = 0;
    const editor = new Proxy(editorThat({}), {
      ownKeys() {
        listings++;
        return ["prototype"];
      },
    });
    const { asked } = load(folder.path, editor);
    assert.equal(asked.includes("zlib") || asked.includes("node:zlib"), false, asked.join(", "));
    assert.equal(listings, 0);
  });

  it("is read in parts: less than 200 kB before it is activated, as reading is most of an activation", () => {
    const { bytes } = load(folder.path, editorThat({}));
    assert.ok(bytes < 200_000, `${bytes} bytes`);
  });
});
