import assert from "node:assert/strict";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunwrightError, RunwrightError } from "../../../engine/core/errors.ts";
import { placeWords } from "../../../extension/model/authoring/check/status-words.ts";
import { type Client, createClient } from "../../../extension/model/client/client.ts";
import { sendOverNetwork } from "../../../extension/model/client/transport.ts";
import { planText } from "../../../extension/model/documents/plan-text.ts";
import { bundleOnEngine } from "../../../extension/model/workspace/engine-bundle.ts";
import type { Program } from "../../../extension/model/workspace/program.ts";
import { reviewText, runbookNameOf } from "../../../extension/model/workspace/publishing.ts";
import { createWorkbench } from "../../../extension/model/workspace/runner.ts";
import { sourcesOnDisk } from "../../../extension/model/workspace/source-on-disk.ts";
import { filesOf, TEMPLATES } from "../../../extension/model/workspace/templates.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { type SignedIn, signedIn } from "./engine.ts";
import { handTimers } from "./timers.ts";

const NODE_MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const runbookThat = (does: string, declares = "") =>
  `import { runbook } from "runwright";\nexport default runbook({ summary: "Try", ${declares} async run({ log }) { log(${JSON.stringify(does)}); } });\n`;

const never = new AbortController().signal;
const runtime = { node: process.execPath, env: { ...process.env, VSCODE_IPC_HOOK: "x", NODE_OPTIONS: "--no-such-option" } };

for (const { where, hasOwn } of [
  { where: "from a workspace with its own runwright", hasOwn: true },
  { where: "from a workspace where nothing is installed, by the engine", hasOwn: false },
])
  describe(`publishing ${where}`, function () {
    this.timeout(120_000);
    let here: SignedIn;
    let directory: TemporaryDirectory;
    let folder: string;

    before(async () => {
      here = await signedIn();
      directory = await temporaryDirectory();
      // As people's folders are.
      folder = join(directory.path, "Mörser & Söhne");
      await mkdir(folder);
      if (hasOwn) await symlink(NODE_MODULES, join(folder, "node_modules"));
    });
    const { TMPDIR } = process.env;
    afterEach(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    after(async () => {
      await here?.stop();
      await directory?.remove();
    });
    async function client() {
      const client = await here.session.client();
      assert.ok(client);
      return client;
    }
    const publisher = async (about: { file: string } | { folder: string }, as?: Client) =>
      createWorkbench(runtime, { timers: here.timers, chance: () => 0.5 }).publisherFor({ ...about, root: folder }, as ?? (await client()));

    it("is told to people with its place", async () => {
      const { place } = await publisher({ folder: join(folder, "deep", "er") });
      assert.match(placeWords(place), hasOwn ? /^the workspace's runwright \d/ : /^the engine http:/);
    });

    it("shows what becomes wider before it is published, publishes exactly once, and tells a conflict", async () => {
      const file = join(folder, "try-it.ts");
      const runbook = { file, name: "try-it" };
      await writeFile(file, runbookThat("one"));
      const first = await publisher({ file });
      assert.ok(await first.review(runbook, never));
      assert.deepEqual(await first.publish({ ...runbook, message: "the first", expected: 0 }, never), { kind: "published", version: 1 });
      assert.equal(await first.review(runbook, never), undefined);

      await writeFile(file, runbookThat("two", 'permissions: { http: ["https://example.com"] },'));
      const second = await publisher({ file });
      const change = await second.review(runbook, never);
      assert.ok(change);
      assert.match(reviewText(change), /^! It may send requests to https:\/\/example\.com \(wider\)/);
      await here.publish("try-it", "async () => {}");
      const conflict = await second.publish({ ...runbook, message: "the second", expected: 1 }, never);
      assert.ok(conflict.kind === "conflict");
      assert.match(conflict.detail, /is at version 2, you have seen 1/);
      assert.deepEqual(await second.publish({ ...runbook, message: "after looking", expected: 2 }, never), { kind: "published", version: 3 });
      const { items } = (await here.engine.ask("GET", "/api/v1/activity?limit=50")).body;
      const published = items.filter(({ operation, result }: any) => operation === "runbook.publish" && result === "ok");
      assert.deepEqual([...new Set(published.map(({ target }: any) => target))], ["runbook:try-it"]);
    });

    it("publishes what was reviewed, whatever becomes of the file in between", async () => {
      const file = join(folder, "steady.ts");
      const runbook = { file, name: "steady" };
      await writeFile(file, runbookThat("seen"));
      const own = await publisher({ file });
      await own.review(runbook, never);
      await writeFile(file, runbookThat("not seen"));
      await own.publish({ ...runbook, message: "as reviewed", expected: 0 }, never);
      const { sources, message } = (await here.engine.ask("GET", "/api/v1/runbooks/steady/versions/1")).body;
      assert.match(sources[0].text, /"seen"/);
      assert.equal(message, "as reviewed");
    });

    it("passes on what the check says with its place, and saves drafts", async () => {
      const file = join(folder, "wrong.ts");
      const runbook = { file, name: "wrong" };
      await writeFile(file, 'import { runbook } from "runwright";\nexport default runbook({ summary: 7, async run() {} });\n');
      await assert.rejects((await publisher({ file })).review(runbook, never), /wrong\.ts:2:\d+: .*number/s);
      await assert.rejects((await publisher({ file })).publish({ ...runbook, message: "", expected: 0 }, never));
      await writeFile(file, runbookThat("a draft"));
      assert.equal((await (await publisher({ file })).saveDraft(runbook, never)).revision, 1);
    });

    it("refuses an author elsewhere with the engine's own words, and publishes nothing", async () => {
      const file = join(folder, "not-mine.ts");
      await writeFile(file, runbookThat("x"));
      await here.publish("not-mine", "async () => {}");
      const token = await here.engine.tokenFor("guest", { role: "author", scope: "/team" });
      const as = createClient({ address: { url: here.url }, token, send: sendOverNetwork });
      const attempt = (await publisher({ file }, as)).publish({ file, name: "not-mine", message: "", expected: 1 }, never);
      // A plan says more than the door that publishes: that the name is taken.
      await assert.rejects(attempt, (error) => isRunwrightError(error, hasOwn ? "RESOURCE_INVALID" : "PERMISSION_DENIED"));
      assert.equal((await here.engine.ask("GET", "/api/v1/runbooks/not-mine")).body.latestVersion, 1);
    });

    it("plans a folder as a text that people read, and applies exactly that or nothing", async () => {
      const resources = join(folder, "resources");
      await mkdir(resources, { recursive: true });
      await writeFile(join(resources, "a.yaml"), "kind: Variable\nname: region\nscope: /\nvalue: north\n");
      await writeFile(join(resources, "planned.ts"), runbookThat("planned"));
      await writeFile(join(resources, "b.yaml"), 'kind: Schedule\nname: nightly\nscope: /\ncron: "0 1 * * *"\ntimeZone: UTC\nruns: [{ runbook: planned }]\n');
      const temporary = join(directory.path, "temporary");
      await mkdir(temporary);
      process.env.TMPDIR = temporary;
      const planner = await publisher({ folder: resources });
      const plan = async () => {
        const planned = await planner.plan(resources, never);
        return { ...planned, text: planText(planned.plan, { folder: "resources", engine: here.url, by: placeWords(planner.place) }) };
      };
      const first = await plan();
      assert.match(first.text, /# 3 to create, 0 to change, 0 to delete/);
      assert.match(first.text, /\+ create Variable region \(\/\)/);
      // Somebody else is faster.
      await here.engine.ask("PUT", "/api/v1/assets/region", { body: { kind: "variable", value: "south", scope: "/" } });
      await assert.rejects(first.apply(await client(), never), (error) => isRunwrightError(error, "PLAN_CHANGED"));
      const again = await plan();
      assert.match(again.text, /~ change Variable region/);
      assert.equal((await again.apply(await client(), never)).changes.length, 3);
      assert.match((await plan()).text, /has all of it already/);

      await writeFile(join(resources, "b.yaml"), "kind: Schedule\nname: nightly\nscope: /\ncron: hourly\ntimeZone: UTC\nruns: [{ runbook: planned }]\n");
      await assert.rejects(planner.plan(resources, never), /b\.yaml:4:1: cron/);
      assert.deepEqual(await readdir(temporary), [], "no plan stays behind, applied or not");
    });
  });

describe("publishing by the engine", function () {
  this.timeout(120_000);
  let here: SignedIn;
  let directory: TemporaryDirectory;
  before(async () => {
    here = await signedIn();
    directory = await temporaryDirectory();
  });
  after(async () => {
    await here?.stop();
    await directory?.remove();
  });

  it("sends nothing from outside of the workspace, neither by a path nor by a link", async () => {
    const root = join(directory.path, "workspace");
    await mkdir(root);
    await writeFile(join(directory.path, "private.ts"), "export const key = 1;\n");
    await symlink(join(directory.path, "private.ts"), join(root, "linked.ts"));
    await writeFile(join(root, "leak.ts"), `import "./linked.ts";\nimport "../private.ts";\n${runbookThat("x")}`);
    const { sources } = await sourcesOnDisk(join(root, "leak.ts"), root);
    assert.deepEqual(
      sources.map(({ path }) => path),
      ["leak.ts"],
    );
    await assert.rejects(sourcesOnDisk(join(root, "linked.ts"), root), /a link that leads out of the workspace/);
    await assert.rejects(sourcesOnDisk(join(root, "gone.ts"), root), /isn't there any more/);
  });

  it("takes what is in an editor for what is stored, but where a link leads out of the workspace", async () => {
    const root = join(directory.path, "edited");
    await mkdir(root);
    await writeFile(join(directory.path, "secret.ts"), "export const key = 1;\n");
    await symlink(join(directory.path, "secret.ts"), join(root, "linked.ts"));
    await writeFile(join(root, "edited.ts"), "");
    const inEditor = (path: string) => (path.endsWith("edited.ts") ? `import "./linked.ts";\n${runbookThat("x")}` : "open");
    const { sources } = await sourcesOnDisk(join(root, "edited.ts"), root, inEditor);
    assert.deepEqual(
      sources.map(({ path, text }) => [path, text.includes("./linked.ts")]),
      [["edited.ts", true]],
    );
    await assert.rejects(sourcesOnDisk(join(root, "linked.ts"), root, inEditor), /a link that leads out of the workspace/);
  });

  it("asks an engine with too much to do again, each time later, and ends", async () => {
    const asked: number[] = [];
    const timers = {
      after(ms: number, run: () => void) {
        asked.push(ms);
        queueMicrotask(run);
        return () => {};
      },
    };
    const client = { ask: async () => Promise.reject(new RunwrightError("OVERLOADED", "8 runbooks are being checked")) };
    const sent = { entry: "a.ts", sources: [] };
    await assert.rejects(bundleOnEngine(sent, { client, timers, chance: () => 0.5 }, never), /8 runbooks/);
    assert.deepEqual(asked, [1_000, 2_000, 4_000, 8_000]);
    for (const [code, says] of [
      ["NOT_FOUND", /too old to publish.*install runwright/],
      ["PERMISSION_DENIED", /role author/],
    ] as const) {
      const refusing = { ask: async () => Promise.reject(new RunwrightError(code, "no")) };
      await assert.rejects(bundleOnEngine(sent, { client: refusing, timers, chance: () => 0.5 }, never), says);
    }
  });
});

describe("a runbook's file", function () {
  this.timeout(120_000);
  let folder: TemporaryDirectory;
  before(async () => {
    folder = await temporaryDirectory();
    await symlink(NODE_MODULES, join(folder.path, "node_modules"));
  });
  after(() => folder?.remove());

  it("of a new runbook without permissions is said to ask for none, and of another that they stay", () => {
    const change = { kind: "Runbook", name: "x", scope: "/", before: null, after: {}, fields: [], permissions: [], warnings: [] };
    assert.equal(reviewText({ ...change, action: "create" }), "It asks for no permissions.");
    assert.equal(reviewText({ ...change, action: "update" }), "Its permissions stay as they are.");
  });

  for (const template of TEMPLATES) {
    it(`begins a runbook with "${template.label}", which passes its check and its own test as it is`, async () => {
      const own = join(folder.path, "templates", template.label.replaceAll(" ", "-"));
      await mkdir(own, { recursive: true });
      for (const { path, text } of filesOf(template, "fresh")) await writeFile(join(own, path), text);
      const workbench = createWorkbench(runtime, { timers: handTimers(0), chance: () => 0.5 });
      const program = await workbench.program(own);
      assert.match(program?.path ?? "", /runwright\.mjs$/);
      const run = workbench.offlineRunner(program as Program, own, never);
      for (const verb of ["check", "test"]) {
        const { code, stdout, stderr } = await run(["runbook", verb, "fresh.ts"]);
        assert.equal(code, 0, `${verb}: ${stdout}${stderr}`);
      }
    });
  }

  it("takes only what can be a runbook's file", () => {
    const names = ["/a/hello.ts", "/a/hello.test.ts", "/a/hello.d.ts", "/a/Hello.ts", "/a/hello.js", "/a/restart-web.mts", "C:\\a"].map(runbookNameOf);
    assert.deepEqual(names, ["hello", undefined, undefined, undefined, undefined, "restart-web", undefined]);
  });
});
