import assert from "node:assert/strict";
import { appendFile, readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { follow, openChangeLog } from "../../engine/agent/change-log.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("the log of what package managers write", () => {
  let home: TemporaryDirectory;
  let said: string;
  beforeEach(async () => {
    home = await temporaryDirectory();
    said = "";
  });
  afterEach(() => home.remove());
  const open = async (name: string, maxBytes?: number) => {
    const log = await openChangeLog(home.path, name);
    const add = (text: string) => {
      said += text;
    };
    const stop = follow(log, add, maxBytes);
    return { ...log, stop };
  };

  it("is sent on as it comes, in whole characters, and what is left at the end", async () => {
    const log = await open("cmd_1");
    await appendFile(log.file, Buffer.from("ünï☃").subarray(0, -1));
    await eventually("its first words", () => said === "ünï");
    await appendFile(log.file, Buffer.from("ünï☃").subarray(-1));
    await log.write("a note\n");
    await log.stop();
    await appendFile(log.file, "later");
    assert.equal(said, "ünï☃a note\n");
    assert.equal(await readFile(log.file, "utf8"), "ünï☃a note\nlater");
  });

  it("goes on in the same file after a restart, and only what is new is sent", async () => {
    const first = await open("cmd_1");
    await first.write("before\n");
    await first.stop();
    said = "";
    const second = await open("cmd_1");
    await second.write("after\n");
    await second.stop();
    assert.equal(said, "after\n");
    assert.equal(await readFile(second.file, "utf8"), "before\nafter\n");
  });

  it("is bounded in size, and says that something is missing", async () => {
    const log = await open("cmd_1", 1_000);
    await appendFile(log.file, "x".repeat(5_000));
    await eventually("the cut", async () => (await readFile(log.file, "utf8")).startsWith("[the first 5000 bytes were dropped]"));
    await appendFile(log.file, "end");
    await log.stop();
    assert.equal(await readFile(log.file, "utf8"), "[the first 5000 bytes were dropped]\nend");
    assert.ok(said.startsWith("xxx") && said.endsWith("end"));
  });

  it("is bounded in number: the twenty newest are kept, and that of the run that goes on", async () => {
    for (let n = 1; n <= 25; n++) {
      const { file } = await openChangeLog(home.path, `cmd_${n}`);
      await utimes(file, n, n);
    }
    await openChangeLog(home.path, "cmd_6");
    const names = await readdir(join(home.path, "logs"));
    assert.equal(names.length, 20);
    assert.ok(names.includes("cmd_6.log") && names.includes("cmd_25.log") && !names.includes("cmd_5.log"));
  });

  it("reaches the engine up to a limit, which says where the rest is", async () => {
    const log = await open("cmd_1");
    await appendFile(log.file, "x".repeat(2_000_000));
    await log.stop();
    assert.ok(said.length < 700_000);
    assert.match(said, /the machine keeps the rest in .*cmd_1\.log/);
  });
});
