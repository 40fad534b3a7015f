import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { knownTypes } from "../../../../engine/authoring/known-types.ts";
import { engineTypes } from "../../../../extension/model/authoring/new/engine-types.ts";
import { PROJECT_FILE, sdkFiles } from "../../../../extension/model/authoring/new/sdk-folder.ts";
import { type Folder, writeChanged, writeMissing, writtenWords } from "../../../../extension/model/authoring/new/write-files.ts";
import { TEMPLATES } from "../../../../extension/model/workspace/templates.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";
import { engineWith } from "./engine.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

const folderAt = (path: string): Folder => ({
  read: (name) => readFile(join(path, name), "utf8").catch(() => undefined),
  async write(name, text) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  },
});

describe("the SDK's types in a folder with nothing installed", function () {
  this.timeout(60_000);
  let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
  let path: string;
  let types: string;
  before(async () => {
    execFileSync(process.execPath, [join(ROOT, "extension", "build-types.mjs")]);
    types = await readFile(join(ROOT, "extension", "dist", "runwright.d.ts"), "utf8");
    temporary = await temporaryDirectory();
    path = join(temporary.path, "Bücher und so");
    await mkdir(path);
    await writeChanged(folderAt(path), [...sdkFiles(types), PROJECT_FILE]);
  });
  after(() => temporary.remove());

  /** As an editor's TypeScript finds it: by the tsconfig.json beside the runbooks. */
  async function compiled(): Promise<string[]> {
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, "-p", path, "--pretty", "false"], { cwd: path }).catch((error) => error);
    return stdout.split("\n").filter(Boolean);
  }

  it("resolve, so that every template and sample compiles", async () => {
    const samples = ["hello", "http-check", "restart-service", "poll-feed"].map(
      (name) => [`${name}.ts`, join(ROOT, "runbooks", "samples", `${name}.ts`)] as const,
    );
    for (const [name, file] of samples) await writeFile(join(path, name), await readFile(file));
    for (const [i, { source }] of TEMPLATES.entries()) await writeFile(join(path, `template-${i}.ts`), source.replaceAll("NAME", `template-${i}`));
    assert.deepEqual(await compiled(), []);
    assert.ok(!existsSync(join(path, "node_modules")));
  });

  it("say what is wrong with parameters, permissions and names that don't exist", async () => {
    await writeFile(join(path, "runwright-assets.d.ts"), knownTypes({ assets: [{ kind: "secret", name: "token" }], runbooks: [], tags: [] }));
    await writeFile(
      join(path, "wrong.ts"),
      `import { runbook, Type } from "runwright";
export default runbook({
  summary: "x",
  parameters: Type.Object({ count: Type.Integer() }),
  permissions: { secrets: ["token"] },
  async run({ params, secrets, http }) {
    const text: string = params.count;
    await secrets.get("tokne");
    process.exit();
  },
});
`,
    );
    const wrong = (await compiled()).filter((line) => line.startsWith("wrong.ts"));
    assert.deepEqual(
      wrong.map((line) => /\((\d+),\d+\): error (TS\d+)/.exec(line)?.slice(1).join(" ")),
      ["6 TS2339", "7 TS2322", "8 TS2345", "9 TS2591"],
      wrong.join("\n"),
    );
  });

  it("are ignored by Git, and written anew only when they are others", async () => {
    assert.match(await readFile(join(path, ".runwright", ".gitignore"), "utf8"), /^\*$/m);
    assert.deepEqual(await writeChanged(folderAt(path), sdkFiles(types)), []);
    assert.deepEqual(await writeChanged(folderAt(path), sdkFiles(`${types}\n`)), [".runwright/runwright.d.ts"]);
    await writeFile(join(path, "tsconfig.json"), "{}");
    assert.deepEqual(await writeMissing(folderAt(path), [PROJECT_FILE]), []);
    assert.equal(await readFile(join(path, "tsconfig.json"), "utf8"), "{}");
  });

  it("are told in words", () => {
    assert.equal(
      writtenWords(["tsconfig.json", ".runwright/a", ".runwright/b"], ".runwright"),
      "Wrote tsconfig.json, .runwright/ (types of the SDK, ignored by Git).",
    );
    assert.equal(writtenWords([], ".runwright"), "Everything is there already.");
  });
});

describe("types of what exists on an engine", () => {
  it("are those that `runwright types` writes", async () => {
    const parameters = { type: "object", properties: { role: { type: "string" } }, required: ["role"] };
    const schema = { type: "object", properties: { host: { type: "string" } } };
    const engine = engineWith({
      runbooks: [{ name: "patch" }],
      assets: [
        { kind: "connection", name: "vcenter", scope: "/prod", type: null },
        { kind: "variable", name: "regions", scope: "/", type: "string" },
      ],
      machines: [{ tags: { role: "web" } }, { tags: { role: "db", tier: "1" } }],
      answers: {
        "/api/v1/runbooks/patch": { name: "patch", latest: { manifest: { parameters } }, draft: null },
        "/api/v1/assets/vcenter": { name: "vcenter", schema },
      },
    });
    const { text, ...counts } = await engineTypes(await engine.client());
    assert.deepEqual(counts, { assets: 2, runbooks: 1, tags: 2 });
    const same = knownTypes({
      assets: [
        { kind: "connection", name: "vcenter", schema },
        { kind: "variable", name: "regions", type: "string" },
      ],
      runbooks: [{ name: "patch", parameters }],
      tags: ["tier", "role"],
    });
    assert.equal(text, same);
    assert.deepEqual(engine.asked.find(({ path }) => path.endsWith("vcenter"))?.query, { scope: "/prod" });
  });
});
