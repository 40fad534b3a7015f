import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { nameOf } from "../../engine/backup/names.ts";
import { askEngine } from "../../engine/cli/doctor/engine.ts";
import { SCHEMA_VERSION } from "../../engine/store/store.ts";
import { type CommandHome, commandHome } from "./command.ts";

interface Finding {
  check: string;
  state: "ok" | "warning" | "problem";
  found: string;
  advice: string;
}

describe("runwright doctor", function () {
  this.timeout(60_000);
  let home: CommandHome;
  const inData = (name: string) => join(home.path, ".runwright", name);
  beforeEach(async () => {
    home = await commandHome();
  });
  afterEach(() => home.remove());

  async function doctor(...args: string[]): Promise<{ code: number | null; findings: Finding[] }> {
    const { code, stdout, stderr } = await home.run(["doctor", "--json", ...args], { env: { RUNWRIGHT_PORT: "0" } });
    assert.equal(stderr, "");
    const { healthy, findings } = JSON.parse(stdout);
    assert.equal(code, healthy ? 0 : 1);
    for (const { state, advice } of findings) assert.equal(advice === "", state === "ok", "whatever isn't as it should be comes with advice");
    return { code, findings };
  }
  const problems = (findings: readonly Finding[]) => findings.filter(({ state }) => state === "problem").map(({ check, found }) => `${check}: ${found}`);
  const changeDatabase = (sql: string) => {
    const db = new Database(inData("runwright.db"));
    db.exec(sql);
    db.close();
  };

  it("finds nothing wrong with an engine that runs, nor with one that has ended, nor where none was started yet", async () => {
    assert.deepEqual(problems((await doctor()).findings), []);
    const engine = await home.serve();
    const running = await doctor();
    assert.deepEqual(problems(running.findings), []);
    assert.deepEqual([...new Set(running.findings.filter(({ state }) => state === "ok").map(({ check }) => check))].sort(), [
      ...[
        "agents",
        "backups",
        "certificate",
        "clock",
        "configuration",
        "database",
        "disk",
        "engine",
        "master key",
        "permissions",
        "runner boundary",
        "runners",
      ],
    ]);
    await engine.stop();
    const stopped = await doctor();
    assert.deepEqual(problems(stopped.findings), []);
    assert.ok(stopped.findings.some(({ check, found }) => check === "engine" && /none runs/.test(found)));
    const { stdout, code } = await home.run(["doctor"]);
    assert.equal(code, 0);
    assert.match(stdout, /^ok +configuration/);
  });

  const faults: [what: string, check: string, found: RegExp, make: () => Promise<unknown>][] = [
    ["a private file that others may read", "permissions", /others may read .*master\.key \(mode 644\)/, () => chmod(inData("master.key"), 0o644)],
    ["a directory that others may write to", "permissions", /others may write/, () => chmod(inData(""), 0o777)],
    ["another master key", "master key", /was sealed with/, () => writeFile(inData("master.key"), randomBytes(32).toString("base64"))],
    ["a master key that is none", "master key", /must be 32 random bytes/, () => writeFile(inData("master.key"), "x")],
    ["a database that isn't one", "database", /damaged/, () => writeFile(inData("runwright.db"), "x".repeat(10_000))],
    ["a damaged database", "database", /damaged/, () => damage(inData("runwright.db"))],
    ["a newer database", "database", /schema version 99/, async () => changeDatabase("update meta set value = '99' where key = 'schemaVersion'")],
    ["a clock that was set back", "clock", /ahead of this machine's clock/, async () => changeDatabase(`update activity set at = ${Date.now() + 3_600_000}`)],
    ["settings that aren't valid", "configuration", /must be a whole number/, () => writeFile(inData("config.yaml"), "runners: many\n", { mode: 0o600 })],
    [
      "an expired certificate that can't be read",
      "certificate",
      /can't be used/,
      async () => {
        await writeFile(inData("config.yaml"), "tls: self-signed\n", { mode: 0o600 });
        await writeFile(inData("tls.crt"), "not a certificate");
      },
    ],
  ];
  for (const [what, check, found, make] of faults) {
    it(`tells ${what}, and what to do`, async () => {
      await (await home.serve()).stop();
      await make();
      const { code, findings } = await doctor();
      assert.equal(code, 1);
      const told = findings.filter((one) => one.state === "problem");
      assert.deepEqual([...new Set(told.map((one) => one.check))], [check], JSON.stringify(told));
      assert.match(told[0]?.found ?? "", found);
    });
  }

  it("warns when no backup is in the engine's folder, or only old ones", async () => {
    const folder = join(home.path, "backups");
    await mkdir(inData(""), { mode: 0o700 });
    await writeFile(inData("config.yaml"), `backupFolder: ${folder}\n`, { mode: 0o600 });
    const backups = async () => {
      const { code, findings } = await doctor();
      assert.equal(code, 0);
      return findings.filter(({ check }) => check === "backups").map(({ state, found }) => `${state}: ${found}`);
    };
    const make = (agoDays: number) => writeFile(join(folder, nameOf(new Date(Date.now() - agoDays * 86_400_000).toISOString())), "");
    assert.match(String(await backups()), /^warning: there is none in .*backups yet$/);
    await mkdir(folder);
    await writeFile(join(folder, "mine.backup"), "");
    await make(-400); // of a clock that was ahead
    assert.match(String(await backups()), /^warning: there is none/);
    await make(2.5);
    await make(9);
    assert.match(String(await backups()), /^warning: the newest of 2 in .* 2 days ago$/);
    await make(1.9);
    assert.match(String(await backups()), /^ok: the newest of 3 in/);
  });

  it("warns before an upgrade of the database", async () => {
    await (await home.serve()).stop();
    changeDatabase(`update meta set value = '${SCHEMA_VERSION - 1}' where key = 'schemaVersion'`);
    const { code, findings } = await doctor();
    assert.equal(code, 0);
    assert.ok(findings.some(({ check, state, advice }) => check === "database" && state === "warning" && /backup/.test(advice)));
  });

  it("tells that the port is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      await mkdir(inData(""), { mode: 0o700 });
      const { code, stdout } = await home.run(["doctor"], { env: { RUNWRIGHT_PORT: String(port) } });
      assert.equal(code, 1);
      assert.match(stdout, /problem +port +127\.0\.0\.1 port \d+, which people and agents connect to, can't be used/);
    } finally {
      server.close();
    }
  });

  const strangers: [what: string, answer: string][] = [
    ["says too little", '{"ready":true,"checks":[]}'],
    ["says something else", '{"ready":true,"version":"1","checks":[null],"warnings":[7]}'],
    ["says too much", `{"ready":true,"version":"${"1".repeat(2_000_000)}","checks":[],"warnings":[]}`],
  ];
  for (const [what, answer] of strangers) {
    it(`takes what ${what} on the engine's port for no engine`, async () => {
      const server = createHttpServer((_, response) => response.end(answer));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      try {
        assert.equal(await askEngine(`http://127.0.0.1:${port}`, Date.now), undefined);
      } finally {
        server.close();
      }
    });
  }

  it("shows nothing secret", async () => {
    await (await home.serve()).stop();
    const key = (await readFile(inData("master.key"), "utf8")).trim();
    const { token } = JSON.parse(await readFile(inData("admin.json"), "utf8"));
    await writeFile(inData("config.yaml"), "database: postgres://user:hunter2hunter2@127.0.0.1:1/none\n", { mode: 0o600 });
    const { stdout } = await home.run(["doctor", "--json"]);
    for (const secret of [key, token, "hunter2hunter2"]) assert.ok(!stdout.includes(secret));
    assert.match(stdout, /can't be opened/);
  });
});

/** In the middle, where pages of tables and indexes are. */
async function damage(path: string): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  for (let at = 8_192; at < size; at += 4_096) await file.write(Buffer.alloc(200, 0xff), 0, 200, at);
  await file.close();
}
