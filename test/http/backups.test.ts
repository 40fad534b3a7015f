import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { quiet, type Rig, rig } from "./rig.ts";

/** More than the buffers between an engine and a client take by themselves, after packing. */
const ROWS = 400;
const ROW_BYTES = 50_000;

describe("the download of a backup", function () {
  this.timeout(120_000);
  let home: TemporaryDirectory;
  let engine: Rig;
  let warned: string[];
  const work = () => join(home.path, "work");
  beforeEach(async () => {
    home = await temporaryDirectory();
    warned = [];
    const log = { ...quiet, warn: (_: object, message: string) => void warned.push(message) };
    engine = await rig({ address: `sqlite:${home.path}`, options: { downloadIdleMs: 300 }, work: work(), log });
    await engine.store.write((tx) =>
      tx.streams.append(
        "job_1",
        Array.from({ length: ROWS }, (_, i) => ({ seq: i + 1, at: 0, kind: "output" as const, value: randomBytes(ROW_BYTES).toString("base64") })),
      ),
    );
  });
  afterEach(async () => {
    await engine.stop();
    await home.remove();
  });

  it("is given up when its client takes nothing of it any more: its copy goes, and the next backup is made", async () => {
    const { host, port } = await engine.http.listen();
    const client = connect({ host, port });
    client.pause(); // it never reads
    client.on("error", () => {}); // it is cut off
    client.write(`POST /api/v1/backups HTTP/1.1\r\nHost: engine\r\nAuthorization: Bearer ${engine.admin}\r\nContent-Length: 0\r\n\r\n`);
    try {
      await eventually("it is given up", () => warned.length > 0, 60_000);
      assert.match(String(warned), /^a client takes nothing of its backup any more/);
      await eventually("its copy is gone", async () => (await readdir(work())).length === 0);
      await using next = await engine.backups.make(new AbortController().signal);
      assert.equal((await stat(join(next.folder, "records"))).size > ROWS * ROW_BYTES, true);
    } finally {
      client.destroy();
      await once(client, "close");
    }
  });
});
