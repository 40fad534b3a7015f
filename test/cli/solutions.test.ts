import assert from "node:assert/strict";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandHome, commandHome } from "./command.ts";

const RUNBOOKS = fileURLToPath(new URL("../../runbooks/", import.meta.url));

describe("solution install, list, show and remove", function () {
  this.timeout(180_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  before(async () => {
    home = await commandHome();
    engine = await home.serve();
    for (const name of ["update-management", "certificate-watch"]) await cp(join(RUNBOOKS, name), join(home.path, name), { recursive: true });
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  it("install those that the project ships, with all that their runbooks may do before anything is done", async () => {
    const planned = await home.run(["solution", "install", "certificate-watch", "--plan"]);
    assert.equal(planned.code, 3, planned.stderr);
    assert.match(planned.stdout, /^\+ Solution certificate-watch \(\/\)\n {4}version: "1\.0\.0"$/m);
    assert.match(planned.stdout, /Permission changes\n/);
    for (const text of [
      "may exec machines: os=linux",
      "may read the variable watched-endpoints",
      "may send requests to https://hooks.slack.com",
      "may read the secret certificate-hook",
    ])
      assert.ok(planned.stdout.includes(`${text} (wider)`), text);
    assert.deepEqual(await home.json(["solution", "list"]), []);

    for (const name of ["certificate-watch", "update-management"]) {
      const installed = await home.run(["solution", "install", name, "--yes"]);
      assert.equal(installed.code, 0, installed.stderr);
    }
    const listed = await home.run(["solution", "list"]);
    assert.match(listed.stdout, /^certificate-watch +1\.0\.0 +\/ +5 +0 /m);
    assert.match(listed.stdout, /^update-management +1\.0\.0 +\/ +8 +0 /m);
    const again = await home.run(["solution", "install", "update-management", "--plan"]);
    assert.deepEqual([again.code, again.stdout], [0, "0 to create, 0 to change, 0 to delete; 8 unchanged\n"]);
  });

  it("use it: the watch looks at what its variable names, and that stays when it is removed", async () => {
    assert.equal((await home.json(["run", "watch-certificates", "--wait"])).status, "completed");
    const own = "kind: Variable\nname: watched-endpoints\nscope: /\nvalue: [www.example.com:443]\n";
    await writeFile(join(home.path, "own.yaml"), own);
    const set = await home.run(["apply", "-f", "own.yaml", "--yes"]);
    assert.equal(set.code, 0, set.stderr);
    assert.match((await home.json(["run", "watch-certificates", "--wait"])).error.message, /no machine of "os=linux" is online to look from/);
    assert.match((await home.run(["solution", "show", "certificate-watch"])).stdout, /^Variable +watched-endpoints +\/ +changed$/m);

    const nobody = await home.run(["solution", "remove", "certificate-watch"]);
    assert.deepEqual([nobody.code, nobody.stdout], [2, ""]);
    const removed = await home.run(["solution", "remove", "certificate-watch", "--yes"]);
    assert.equal(removed.code, 0, removed.stderr);
    assert.match(removed.stdout, /Left as it is\n {2}Variable watched-endpoints \(\/\): somebody has changed it since/);
    assert.match(removed.stdout, /^0 created, 0 changed, 5 deleted; 0 unchanged$/m);
    assert.match((await home.run(["solution", "remove", "certificate-watch", "--yes"])).stderr, /there is no solution "certificate-watch"/);
  });

  it("refuse folders that are none, and descriptions that are wrong, with their places", async () => {
    await mkdir(join(home.path, "none"), { recursive: true });
    await writeFile(join(home.path, "none/a.yaml"), "kind: Freeze\nname: x\ntimeZone: UTC\nreason: x\nperiods: [{ from: 2030-01-01, to: 2030-01-02 }]\n");
    assert.match((await home.run(["solution", "install", "none", "--plan"])).stderr, /none is no solution: it has no document of the kind Solution/);
    await writeFile(join(home.path, "none/solution.yaml"), "kind: Solution\nname: none\nscope: /x\nverson: 1\nsummary: x\n");
    const wrong = await home.run(["solution", "install", "none", "--plan"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /none\/solution\.yaml:4:1: verson: "verson" isn't known here; did you mean "version"\?/);
    assert.match(wrong.stderr, /none\/solution\.yaml:3:1: scope: isn't said here/);
  });

  it("send no file that lies elsewhere, whatever a runbook imports or a document names", async () => {
    await mkdir(join(home.path, "own"), { recursive: true });
    await mkdir(join(home.path, "thief"), { recursive: true });
    const runbookOf = (from: string) =>
      `import { runbook } from "runwright";\nimport own from "${from}";\nexport default runbook({ summary: "x", async run({ output }) { output(own); } });\n`;
    await writeFile(join(home.path, "own/profile.json"), '{ "token": "secret" }');
    await writeFile(join(home.path, "own/other.ts"), `import { runbook } from "runwright";\nexport default runbook({ summary: "x", async run() {} });\n`);
    await writeFile(join(home.path, "thief/solution.yaml"), 'kind: Solution\nname: thief\nversion: "1"\nsummary: x\n');
    await symlink(join(home.path, "own/profile.json"), join(home.path, "thief/inside.json"));
    for (const from of ["../own/profile.json", "./inside.json"]) {
      await writeFile(join(home.path, "thief/thief.ts"), runbookOf(from));
      const refused = await home.run(["solution", "install", "thief", "--plan"]);
      assert.equal(refused.code, 1, refused.stdout);
      assert.match(refused.stderr, /thief\/thief\.ts:1:1: \.\.\/own\/profile\.json lies outside the solution's folder, and isn't sent/);
    }
    await rm(join(home.path, "thief/thief.ts"));
    await writeFile(join(home.path, "thief/other.yaml"), "kind: Runbook\nname: other\nfile: ../own/other.ts\n");
    assert.match((await home.run(["solution", "install", "thief", "--plan"])).stderr, /other\.ts lies outside the solution's folder/);
  });

  it("plan as documents what has a solution among it, and say that it could be installed as one", async () => {
    await writeFile(join(home.path, "none/solution.yaml"), "kind: Solution\nname: none\nversion: 1.0.0\nsummary: x\n");
    const { code, stderr } = await home.run(["plan", "-f", "none"]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /none\/solution\.yaml describes a solution: `runwright solution install` makes it one/);
  });
});
