import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../../../../engine/core/errors.ts";
import { checkOnEngine } from "../../../../extension/model/authoring/check/engine-check.ts";
import { placeFor } from "../../../../extension/model/authoring/check/place.ts";
import { createQueue } from "../../../../extension/model/authoring/check/queue.ts";
import { importsOf, sourceClosure } from "../../../../extension/model/authoring/check/source-closure.ts";
import { checkInWorkspace } from "../../../../extension/model/authoring/check/workspace-check.ts";
import type { EngineClient } from "../../../../extension/model/authoring/engine-access.ts";
import type { Patience } from "../../../../extension/model/client/when-overloaded.ts";
import { runProgram } from "../../../../extension/model/workspace/program.ts";
import { runbookFolder } from "../../../authoring/runbook-folder.ts";
import { type Rig, rig } from "../../../http/rig.ts";
import { engineWith } from "./engine.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const signal = new AbortController().signal;
const HELLO = 'import { runbook } from "runwright";\nexport default runbook({ summary: "x", run({ log }) { log("1"); } });\n';

describe("where a runbook is checked", () => {
  const own = { path: "/w/node_modules/runwright/runwright.mjs", version: "0.1.0" };
  const engine = engineWith({});

  it("is the workspace's own runwright, which publishes from there, too", async () => {
    const place = await placeFor("/w/ops", { isTrusted: true, engine, program: async (folder) => (folder === "/w/ops" ? own : undefined) });
    assert.deepEqual(place, { kind: "workspace", program: own });
  });

  it("is the engine when nothing is installed", async () => {
    const place = await placeFor("/w/ops", { isTrusted: true, engine, program: async () => undefined });
    assert.deepEqual(place, { kind: "engine", address: "https://engine.example" });
  });

  it("is nowhere without trust, whatever is installed, and without an engine", async () => {
    const never = { client: () => assert.fail("the engine is asked"), address: () => undefined };
    const place = await placeFor("/w", { isTrusted: false, engine: never, program: () => assert.fail("the workspace is looked at") });
    assert.deepEqual(place, { kind: "nowhere", why: "untrusted" });
    const nobody = { client: async () => undefined, address: () => undefined };
    assert.deepEqual(await placeFor("/w", { isTrusted: true, engine: nobody, program: async () => undefined }), { kind: "nowhere", why: "signedOut" });
  });
});

describe("the files that go with a runbook", () => {
  const files: Record<string, string> = {
    "/w/ops/a.ts":
      'import { b } from "./b.ts";\nimport type { C } from "../shared/c";\nconst d = import("./d.json"); export * from "../../outside.ts"; // import "./no.ts"\nimport "pkg";',
    "/w/ops/b.ts": 'import "./a.ts";',
    "/w/shared/c.ts": "export type C = 1;",
    "/w/ops/d.json": '{ "from": "./e.ts" }',
    "/w/ops/no.ts": "",
    "/outside.ts": "",
    "/w/ops/runwright-assets.d.ts": "declare module 'runwright' {}",
  };
  it("are those that it imports, and the names that exist, relative to the folder that holds them all", async () => {
    const { entry, sources } = await sourceClosure("/w/ops/a.ts", "/w", async (path) => files[path]);
    assert.equal(entry, "ops/a.ts");
    assert.deepEqual(sources.map(({ path }) => path).sort(), ["ops/a.ts", "ops/b.ts", "ops/d.json", "ops/runwright-assets.d.ts", "shared/c.ts"]);
  });

  it("are found in every form of import, and not in comments and texts", () => {
    const text = `import a from './a.ts'\nimport "./b.ts";export { c } from "./c.ts"; type D = import("./d.ts").D; log("from './e.ts'"); /* from "./f.ts" */`;
    assert.deepEqual(importsOf(text), ["./a.ts", "./b.ts", "./c.ts", "./d.ts"]);
  });
});

describe("a check", function () {
  this.timeout(120_000);
  let engine: Rig;
  let folder: Awaited<ReturnType<typeof runbookFolder>>;
  before(async () => {
    engine = await rig();
    folder = await runbookFolder({
      "ops of ours/hello.ts": HELLO,
      "ops of ours/bad.ts": HELLO.replace("run({ log })", "run({ secrets })"),
      "ops of ours/two.ts": `import "left-pad";\n${HELLO}`,
    });
  });
  after(() => Promise.all([engine.stop(), folder.remove()]));

  const program = { path: join(ROOT, "engine", "runwright.mjs"), version: "0.1.0" };
  const runtime = { node: process.execPath, env: process.env };
  const client: EngineClient = {
    async ask(method, path, _shape, { body } = {}) {
      const answer = await engine.ask(method, path, { body });
      if (answer.status >= 400) throw new RunwrightError(answer.body.code, answer.body.detail);
      return answer.body;
    },
    page: () => assert.fail("no list is asked for"),
  };
  /** Those who wait don't. */
  const waits: number[] = [];
  const patience: Patience = {
    timers: {
      after(ms, run) {
        waits.push(ms);
        queueMicrotask(run);
        return () => {};
      },
    },
    chance: () => 0.5,
  };
  const here = (name: string) =>
    checkInWorkspace(folder.file(`ops of ours/${name}`), (words) => runProgram(program, { words, cwd: folder.path, signal }, runtime));
  const there = async (name: string) =>
    checkOnEngine(await sourceClosure(folder.file(`ops of ours/${name}`), folder.path, (path) => readFile(path, "utf8").catch(() => undefined)), {
      client,
      signal,
      ...patience,
    });

  it("says the same in the workspace and on the engine", async () => {
    assert.deepEqual(await here("hello.ts"), { diagnostics: [] });
    assert.deepEqual(await there("hello.ts"), { diagnostics: [] });
    const [one, other] = [await here("bad.ts"), await there("bad.ts")];
    assert.ok((one.diagnostics?.length ?? 0) > 0);
    assert.deepEqual(one, other);
  });

  it("on an engine says that packages are missing there", async () => {
    const { diagnostics } = await there("two.ts");
    assert.match(diagnostics?.[0]?.message ?? "", /there is no package "left-pad": engines check without packages; install runwright in the workspace/);
  });

  it("that can't be done says why", async () => {
    const failing = (end: { code: number; stdout: string; stderr: string }) => checkInWorkspace("/a.ts", async () => end);
    assert.match((await failing({ code: 1, stdout: "", stderr: "runwright: Node 26 or newer is needed" })).problem ?? "", /Node 26/);
    assert.match((await failing({ code: 137, stdout: '[{"file"', stderr: "" })).problem ?? "", /couldn't check it/);
    assert.deepEqual(await failing({ code: 1, stdout: '[1, {"file":"a.ts","line":0,"column":1,"code":"X","message":"m"}]', stderr: "" }), {
      diagnostics: [{ file: "a.ts", line: 1, column: 1, code: "X", message: "m", severity: "warning" }],
    });
    for (const [code, says] of [
      ["NOT_FOUND", /too old/],
      ["PERMISSION_DENIED", /role author/],
      ["OVERLOADED", /not you/],
    ] as const) {
      waits.length = 0;
      const refusing = await engineWith({ refuses: code }).client();
      assert.match((await checkOnEngine({ entry: "a.ts", sources: [] }, { client: refusing, signal, ...patience })).problem ?? "", says);
      assert.deepEqual(waits, code === "OVERLOADED" ? [1_000, 2_000, 4_000, 8_000] : []);
    }
  });
});

describe("the queue of checks", () => {
  it("does one at a time, the newest of each runbook, and ends what is asked for anew", async () => {
    const queue = createQueue();
    const done: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (name: string) => async (signal: AbortSignal) => {
      await new Promise<void>((resolve) => {
        gates.set(name, resolve);
        signal.addEventListener("abort", () => resolve());
      });
      done.push(`${name}${signal.aborted ? " ended" : ""}`);
    };
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    queue.add("a", work("a1"));
    queue.add("b", work("b1"));
    queue.add("b", work("b2"));
    queue.add("a", work("a2"));
    await settled();
    assert.deepEqual(done, ["a1 ended"]);
    gates.get("b2")?.();
    await settled();
    queue.drop("a");
    await settled();
    assert.deepEqual(done, ["a1 ended", "b2", "a2 ended"]);
    queue.add("c", async () => assert.fail("failing work stops nothing"));
    queue.add("d", async () => void done.push("d"));
    await settled();
    assert.equal(done.at(-1), "d");
    queue.stop();
    queue.add("e", async () => void done.push("e"));
    await settled();
    assert.equal(done.at(-1), "d");
  });
});
