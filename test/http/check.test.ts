import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Rig, rig } from "./rig.ts";

const HELLO = `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Say hello",
  parameters: Type.Object({ name: Type.String() }),
  run({ params, log }) {
    log(params.name);
  },
});
`;

describe("HTTP: checking sources", function () {
  this.timeout(120_000);
  let all: Rig;
  /** Of this file alone: other tests use the usual one at the same time. */
  const own = mkdtempSync(join(tmpdir(), "check-"));
  const usual = process.env.TMPDIR;
  before(async () => {
    all = await rig();
    process.env.TMPDIR = own;
  });
  after(async () => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    await all.stop();
    rmSync(own, { recursive: true });
  });

  const leftovers = () => readdirSync(own);
  const check = (sources: Record<string, string>, entry = Object.keys(sources)[0]) =>
    all.ask("POST", "/api/v1/check", { body: { entry, sources: Object.entries(sources).map(([path, text]) => ({ path, text })) } });
  const told = async (sources: Record<string, string>) => {
    const { status, body } = await check(sources);
    assert.equal(status, 200, JSON.stringify(body));
    return body.diagnostics.map((one: any) => `${one.file}:${one.line}:${one.column} ${one.code}`);
  };

  it("says what publishing would say, with the manifest, and keeps nothing", async () => {
    const { status, body } = await check({ "ops/hello.ts": HELLO });
    assert.deepEqual([status, body.ok, body.diagnostics, body.manifest.summary], [200, true, [], "Say hello"]);
    assert.deepEqual(await told({ "hello.ts": HELLO.replace("params.name", "params.nmae") }), ["hello.ts:6:16 TS2339"]);
    assert.deepEqual(leftovers(), []);
    assert.equal((await all.ask("GET", "/api/v1/runbooks")).body.items.length, 0);
  });

  it("takes files that runbooks share, and what exists on the engine", async () => {
    const shared = { "shared/greet.ts": "export const greet = (name: string) => `Hello ${name}`;\n" };
    const own = `import { greet } from "../shared/greet.ts";\n${HELLO.replace("log(params.name)", "log(greet(params.name))")}`;
    assert.deepEqual(await told({ "ops/hello.ts": own, ...shared }), []);
    const known =
      'import type { Json } from "runwright";\ndeclare module "runwright" { interface Known { secrets: { token: string } } }\nexport type X = Json;\n';
    const asks = HELLO.replace("run({", 'permissions: { secrets: ["tokne"] },\n  run({');
    assert.deepEqual(await told({ "hello.ts": asks, "runwright-assets.d.ts": known }), ["hello.ts:5:28 TS2322", "hello.ts:5:28 UNUSED_PERMISSION"]);
  });

  it("bundles what passes, byte for byte what publishing takes, and nothing else", async () => {
    const bundle = (text: string, token?: string) =>
      all.ask("POST", "/api/v1/bundle", { ...(token && { token }), body: { entry: "ops/hello.ts", sources: [{ path: "ops/hello.ts", text }] } });
    const { status, body } = await bundle(HELLO);
    assert.deepEqual([status, body.ok, body.made.sources], [200, true, [{ path: "hello.ts", text: HELLO }]]);
    assert.equal((await all.ask("GET", "/api/v1/runbooks")).body.items.length, 0);
    const published = await all.ask("POST", "/api/v1/runbooks/hello/publish", { body: { ...body.made, expectedVersion: 0 } });
    assert.deepEqual([published.status, published.body.version.bundleHash], [201, body.made.bundleHash]);
    assert.equal((await all.ask("POST", "/api/v1/runbooks/hello/publish", { body: { ...body.made, expectedVersion: 0 } })).status, 409);
    for (const wrong of [HELLO.replace("params.name", "params.nmae"), `while (true) {}\n${HELLO}`]) {
      const refused = await bundle(wrong);
      assert.deepEqual([refused.status, refused.body.ok, refused.body.made], [200, false, null]);
    }
    assert.equal((await bundle(HELLO, await all.tokenFor("looker", { role: "operator", scope: "/" }))).status, 403);
    await all.ask("DELETE", "/api/v1/runbooks/hello");
    assert.deepEqual(leftovers(), []);
  });

  describe("reads nothing else of the engine's machine", () => {
    const folder = mkdtempSync(join(tmpdir(), "elsewhere-"));
    before(() => {
      writeFileSync(join(folder, "secret.json"), '{ "theKeyOfTheSecret": 1 }');
      writeFileSync(join(folder, "types.ts"), "export type TheKeyOfTheSecret = 1;\nexport const x = 1;\n");
      mkdirSync(join(folder, "node_modules", "left"), { recursive: true });
      writeFileSync(join(folder, "node_modules", "left", "index.js"), "export default 'theKeyOfTheSecret';");
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const [how, line] of [
      ["an import", 'import x from "FOLDER/secret.json"; const n: never = x; log(n);'],
      ["an import of types, which no bundler sees", 'import type x from "FOLDER/secret.json"; declare const y: typeof x; const n: never = y; export { n };'],
      ["a type made on the spot", 'const n: never = {} as typeof import("FOLDER/secret.json"); export { n };'],
      ["a reference", '/// <reference path="FOLDER/types.ts" />'],
      ["an import of a package beside it", 'import x from "FOLDER/node_modules/left/index.js"; export { x };'],
      ["a relative path", 'import type x from "../NAME/secret.json"; declare const y: typeof x; const n: never = y; export { n };'],
      [
        "the same with a flood of other errors",
        `import type x from "../NAME/secret.json"; declare const y: typeof x; const n: never = y; export { n };\n${"const a: never = 1;\n".repeat(3_000)}`,
      ],
    ] as const) {
      it(`by ${how}`, async () => {
        const text = `${line.replaceAll("FOLDER", folder).replaceAll("NAME", folder.split("/").at(-1) ?? "")}\n${HELLO}`;
        const { status, body } = await check({ "hello.ts": text });
        assert.equal(status, 200, JSON.stringify(body));
        assert.equal(body.ok, false);
        assert.doesNotMatch(JSON.stringify(body), /theKeyOfTheSecret/);
      });
    }

    it("behind so many errors that the list of what was read is cut off", async () => {
      const far = `${"d".repeat(200)}/${"e".repeat(200)}/f.ts`;
      const text = `import type { T } from "./${far}";\nimport type x from "${folder}/secret.json";\ndeclare const y: typeof x;\nconst n: never = y;\nexport { n };\nexport type U = T;\n${HELLO}`;
      const { status, body } = await check({ "a.ts": text, [far]: `export type T = 1;\n${"x;\n".repeat(15_000)}` });
      assert.equal(status, 200, JSON.stringify(body).slice(0, 200));
      const { file, code } = body.diagnostics[0];
      assert.deepEqual([body.ok, file, code], [false, "a.ts", "TOO_LARGE"]);
      assert.doesNotMatch(JSON.stringify(body), /theKeyOfTheSecret/);
    });
  });

  for (const [what, entry, sources, status] of [
    ["an entry that isn't there", "b.ts", { "a.ts": HELLO }, 400],
    ["a name that can't be a runbook's", "A B.ts", { "A B.ts": HELLO }, 400],
    ["a path that climbs out", "a.ts", { "a.ts": HELLO, "../b.ts": "" }, 400],
    ["a path that is absolute", "a.ts", { "a.ts": HELLO, "/etc/b.ts": "" }, 400],
    ["a file where a folder is", "a.ts", { "a.ts": HELLO, "a.ts/b.ts": "" }, 400],
    ["more than a megabyte", "a.ts", { "a.ts": HELLO, "b.ts": "x\n".repeat(550_000) }, 413],
    ["a line of thousands of characters", "a.ts", { "a.ts": `${HELLO}// ${"x".repeat(2_001)}` }, 400],
    ["a body of more than four", "a.ts", { "a.ts": "x".repeat(5_000_000) }, 413],
  ] as const)
    it(`refuses ${what}`, async () => assert.equal((await check(sources as any, entry)).status, status));

  it("is for authors", async () => {
    const token = await all.tokenFor("op", { role: "operator", scope: "/" });
    assert.equal((await all.ask("POST", "/api/v1/check", { token, body: { entry: "a.ts", sources: [{ path: "a.ts", text: HELLO }] } })).status, 403);
  });

  it("tells who comes when too many are checked to come back, and goes on with the others", async () => {
    const body = { entry: "hello.ts", sources: [{ path: "hello.ts", text: HELLO }] };
    // Those that are to be bundled count, too.
    const people = await Promise.all([1, 2, 3, 4, 5].map((n) => all.tokenFor(`author-${n}`, { role: "author", scope: "/" })));
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const token = people[i % 5] ?? "";
        return { token, ...(await all.ask("POST", `/api/v1/${i % 2 ? "check" : "bundle"}`, { token, body })) };
      }),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(8).fill(200), ...Array(92).fill(503)]);
    // Nobody takes the place of the others.
    for (const one of people) assert.ok(answers.filter(({ token, status }) => token === one && status === 200).length <= 2);
    assert.ok(answers.some(({ body }) => /2 runbooks of yours are being checked/.test(body.detail)));
    assert.equal((await check({ "hello.ts": HELLO })).status, 200);
  });
});
