import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CommandHome, commandHome } from "./command.ts";

const TEAM = `kind: Schedule
name: nightly
scope: /team
cron: 0 2 * * *
timeZone: Europe/Berlin
runs:
  - runbook: clean
---
kind: Variable
name: region
scope: /team
value: { zones: [a, b] }
---
kind: Runbook
name: clean
scope: /team
file: ./clean.ts
`;
const CLEAN = `import { runbook, Type } from "runwright";
import { twice } from "../shared/twice.ts";
export default runbook({ summary: "clean", parameters: Type.Object({}), async run({ output }) { output(twice(1)); } });
`;

describe("plan, apply and export", function () {
  this.timeout(120_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  before(async () => {
    home = await commandHome();
    engine = await home.serve();
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  async function write(files: Record<string, string | Buffer>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(home.path, path)), { recursive: true });
      await writeFile(join(home.path, path), text);
    }
  }

  it("make what files say, and end with 3 as long as there is something to change", async () => {
    await write({
      "team/all.yaml": TEAM,
      "team/clean.ts": CLEAN,
      "shared/twice.ts": "export const twice = (n: number) => 2 * n;\n",
      "team/clean.test.ts": "nonsense",
      "team/node_modules/x/y.yaml": "kind: Nonsense\n",
      "team/.hidden/y.yaml": "kind: Nonsense\n",
    });
    const planned = await home.run(["plan", "-f", "team"]);
    assert.equal(planned.code, 3, planned.stderr);
    assert.match(
      planned.stdout,
      /^\+ Runbook clean \(\/team\)\n[^+]*^\+ Variable region \(\/team\)\n {4}value: \{"zones":\["a","b"\]\}\n\+ Schedule nightly \(\/team\)$/m,
    );
    assert.match(planned.stdout, /3 to create, 0 to change, 0 to delete; 0 unchanged/);
    const nobody = await home.run(["apply", "-f", "team"]);
    assert.deepEqual([nobody.code, nobody.stdout], [2, ""]);
    assert.match(nobody.stderr, /--yes/);
    const applied = await home.run(["apply", "-f", "team", "--yes"]);
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stdout, /3 created, 0 changed, 0 deleted/);
    const again = await home.run(["plan", "-f", "team"]);
    assert.deepEqual([again.code, again.stdout], [0, "0 to create, 0 to change, 0 to delete; 3 unchanged\n"]);
    assert.equal((await home.json(["run", "clean", "--wait"])).status, "completed");
  });

  it("save a plan, and do exactly that one once", async () => {
    await write({
      "team/all.yaml": TEAM.replace("0 2 * * *", "30 3 * * *"),
      "team/clean.ts": CLEAN.replace("parameters:", 'permissions: { http: ["https://example.com"] }, parameters:'),
    });
    const planned = await home.run(["plan", "-f", "team", "-o", "p.json"]);
    assert.equal(planned.code, 3, planned.stderr);
    assert.match(planned.stdout, /^~ Schedule nightly \(\/team\)\n {4}cron: "0 2 \* \* \*" → "30 3 \* \* \*"$/m);
    assert.match(planned.stdout, /Permission changes\n {2}! Runbook clean: may send requests to https:\/\/example\.com \(wider\)/);
    await write({ "team/all.yaml": TEAM.replace("0 2 * * *", "0 5 * * *") });
    assert.equal((await home.run(["apply", "p.json"])).code, 0);
    assert.equal((await home.json(["schedule", "show", "nightly"])).spec.cron, "30 3 * * *", "what was shown, not what the files say now");
    const twice = await home.run(["apply", "p.json"]);
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /PLAN_CHANGED/);
    assert.match((await home.run(["apply", "team/all.yaml"])).stderr, /isn't a plan that `runwright plan -o` has saved/);
    for (const args of [["apply"], ["apply", "p.json", "-f", "team"], ["apply", "p.json", "--prune"], ["plan"]])
      assert.equal((await home.run(args)).code, 2, args.join(" "));
  });

  it("write files that change nothing, the same ones each time", async () => {
    const written = await home.run(["export", "-o", "out"]);
    assert.equal(written.code, 0, written.stderr);
    const file = "out/schedule/team/nightly.yaml";
    const before = await readFile(join(home.path, file), "utf8");
    await home.run(["export", "-o", "out"]);
    assert.equal(await readFile(join(home.path, file), "utf8"), before);
    assert.equal(before, "kind: Schedule\nname: nightly\nscope: /team\ncron: 30 3 * * *\ntimeZone: Europe/Berlin\nruns:\n  - runbook: clean\n");
    const again = await home.run(["plan", "-f", "out", "--prune", "--scope", "/"]);
    assert.deepEqual([again.code, again.stdout], [0, "0 to create, 0 to change, 0 to delete; 4 unchanged\n"], again.stderr);
    assert.match((await home.run(["export", "--scope", "/team"])).stdout, /^---\nkind: Variable\nname: region$/m);
    const pruned = await home.run(["plan", "-f", "out/variable", "--prune", "--scope", "/team"]);
    assert.match(pruned.stdout, /^- Schedule nightly \(\/team\)$/m);
  });

  it("refuse a folder without any file, so that a checkout that failed prunes nothing, but take one with a comment", async () => {
    await mkdir(join(home.path, "gone", "sub"), { recursive: true });
    const prune = ["plan", "-f", "gone", "--prune", "--scope", "/team"];
    const refused = await home.run(prune);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /there is neither YAML nor a runbook in gone;/);
    await symlink(join(home.path, "team", "all.yaml"), join(home.path, "gone", "link.yaml"));
    assert.match((await home.run(prune)).stderr, /in gone but for symbolic links, which aren't followed/);
    await write({ "gone/sub/none.yaml": "# nothing is meant to be there\n" });
    const meant = await home.run(prune);
    assert.equal(meant.code, 3, meant.stderr);
    assert.match(meant.stdout, /^- Schedule nightly \(\/team\)$/m);
  });

  it("tell all that is wrong with all files at once, each at its line and column, and change nothing", async () => {
    await write({
      "bad/a.yaml": "kind: Schedule\nname: zone\nscope: /team\ncron: 0 0 31 2 *\ntimeZone: Europe/Berln\nruns:\n  - runbook: nope\n---\nkind: Freez\nname: x\n",
      "bad/b.yaml": "kind: Variable\nname: region\nscope: /team\nvalue: 1\n---\nkind: Variable\nname: region\nscope: /team\nvalue: 2\n",
      "bad/bomb.yaml": `value:\n${Array.from({ length: 9 }, (_, i) => `  a${i}: &a${i} [${Array.from({ length: 10 }, () => (i === 0 ? "x" : `*a${i - 1}`)).join(",")}]\n`).join("")}`,
      "bad/latin.yaml": Buffer.from('kind: Freeze\nname: "\xe9"\n', "latin1"),
      "bad/large.yaml": `# ${"x".repeat(1024 * 1024)}\n`,
      "bad/tab.yaml": "kind: Freeze\n\tname: x\n",
      "bad/proto.yaml": "__proto__: 1\n",
      "bad/folder.yaml/ok.yaml": "# nothing\n",
      "bad/Broken.ts": "import { runbook } from 'runwright';\nexport default runbook({ summary: 'x', async run() {} });\n",
      "bad/types.ts": "import { runbook } from 'runwright';\nexport default runbook({ summary: 1, async run() {} });\n",
    });
    await symlink("/etc/passwd", join(home.path, "bad/link.yaml"));
    const { code, stdout, stderr } = await home.run(["plan", "-f", "bad"]);
    assert.deepEqual([code, stdout], [1, ""]);
    for (const line of [
      /^bad\/a\.yaml:4:1: cron: "0 0 31 2 \*" never fires|^bad\/a\.yaml:5:1: timeZone: there is no such time zone.*"Europe\/Berlin"/m,
      /^bad\/a\.yaml:9:1: kind: "Freez" isn't known here; did you mean "Freeze"\?$/m,
      /^bad\/b\.yaml:7:1: name: Variable "region" is there twice \(see bad\/b\.yaml:2:1\)$/m,
      /^bad\/bomb\.yaml:\d+:\d+: its anchors and aliases stand for more than/m,
      /^bad\/latin\.yaml:2:8: isn't UTF-8/m,
      /^bad\/large\.yaml:1:1: has more than 1048576 bytes/m,
      /^bad\/tab\.yaml:2:1: a tab can't indent/m,
      /^bad\/proto\.yaml:1:1: __proto__/m,
      /^bad\/Broken\.ts:1:1: "Broken" can't be a runbook's name/m,
      /^bad\/types\.ts:2:\d+: /m,
      /^left out bad\/link\.yaml: a symbolic link/m,
      /^runwright: \d+ problems; nothing was changed \[RESOURCE_INVALID\]$/m,
    ])
      assert.match(stderr, line);
    assert.ok(!/no runbook "nope"/.test(stderr), "a runbook that couldn't be read may be the one that is meant");
    const asJson = await home.run(["plan", "-f", "bad", "--json"]);
    const { details } = JSON.parse(asJson.stderr) as { details: { file: string; line: number }[] };
    assert.ok(details.some(({ file, line }) => file === "bad/tab.yaml" && line === 2));
    assert.match((await home.run(["plan", "-f", "nowhere"])).stderr, /there is no file or folder nowhere/);
  });

  it("publish schemas, that editors find without signing in", async () => {
    const union = (await (await fetch(`${engine.url}/schemas/runwright.json`)).json()) as { $id: string; allOf: unknown[] };
    assert.equal(union.$id, `${engine.url}/schemas/runwright.json`);
    assert.equal((await home.run(["export", "--schemas", "schemas"])).code, 0);
    assert.deepEqual(JSON.parse(await readFile(join(home.path, "schemas/runwright.json"), "utf8")), union);
    assert.equal((await fetch(`${engine.url}/schemas/Schedule.json`)).status, 200);
    assert.equal((await fetch(`${engine.url}/schemas/nothing.json`)).status, 404);
  });
});
