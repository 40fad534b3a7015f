import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { openStore, SCHEMA_VERSION } from "../../engine/store/store.ts";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const KILLS = LONG ? 50 : 12;
const WRITER = join(import.meta.dirname, "kill-writer.ts");

describe("the SQLite store", function () {
  this.timeout(180_000);
  let directory: TemporaryDirectory;
  let address: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    address = `sqlite:${directory.path}`;
  });
  afterEach(() => directory.remove());

  it(`loses nothing that was answered when its process is killed under load, ${KILLS} times`, async () => {
    const answered = new Set<number>();
    let first = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [WRITER, address, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      const target = 40 + ((kill * 97) % 400); // killed at another point each time
      await new Promise<void>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", () => reject(new Error(`the writer ended by itself after ${text.length} bytes`)));
        child.stdout.on("data", (chunk: Buffer) => {
          text += chunk;
          if (text.split("\n").length > target) {
            child.removeAllListeners("exit");
            child.once("close", () => resolve());
            child.kill("SIGKILL");
          }
        });
      });
      // The last line may be cut: then it wasn't answered.
      const numbers = text.slice(0, text.lastIndexOf("\n")).split("\n").map(Number);
      for (const number of numbers) answered.add(number);
      first = Math.max(...numbers) + 1_000;
    }
    const store = await openStore(address);
    const stored = new Set((await store.read.streams.list("job_kill", { after: -1, limit: 1_000_000 })).map((entry) => entry.seq));
    const lost = [...answered].filter((number) => !stored.has(number));
    const chain = await store.read.activity.verify();
    await store.stop();
    console.log(
      `        ${KILLS} kills: ${answered.size} answered, ${stored.size} stored, ${lost.length} lost; ${chain.entries} activity entries, chain whole`,
    );
    assert.ok(answered.size >= KILLS * 40);
    assert.deepEqual(lost, []);
    assert.deepEqual([chain.firstBroken, chain.entries], [null, stored.size]);
  });

  it("refuses a second engine on the same folder, and lets it in when the first is gone, however it went", async () => {
    const first = await openStore(address);
    await assert.rejects(openStore(address), (error) => isRunwrightError(error, "DATABASE_LOCKED") && error.message.includes(directory.path));
    await first.stop();
    const child = spawn(process.execPath, [WRITER, address, "0"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await assert.rejects(openStore(address), (error) => isRunwrightError(error, "DATABASE_LOCKED"));
    child.kill("SIGKILL");
    await once(child, "close");
    await (await openStore(address)).stop();
  });

  it("runs on a database one version ahead, and refuses one two ahead without touching it", async () => {
    const store = await openStore(address);
    await store.write((tx) => tx.meta.set("schemaVersion", String(SCHEMA_VERSION + 1)));
    await store.stop();
    const next = await openStore(address);
    assert.equal(next.describe().schemaVersion, SCHEMA_VERSION + 1);
    await next.write((tx) => tx.meta.set("schemaVersion", String(SCHEMA_VERSION + 2)));
    await next.stop();
    const before = await readFile(join(directory.path, "runwright.db"));
    await assert.rejects(
      openStore(address),
      (error) => isRunwrightError(error, "DATABASE_NEWER") && error.message.includes(`schema version ${SCHEMA_VERSION + 2}`),
    );
    assert.ok(before.equals(await readFile(join(directory.path, "runwright.db"))));
  });

  it("says that a file is damaged, whether it is no database at all or was cut short, and leaves it alone", async () => {
    const file = join(directory.path, "runwright.db");
    await writeFile(file, "this is a letter, not a database\n".repeat(500));
    await assert.rejects(openStore(address), (error) => isRunwrightError(error, "DATABASE_DAMAGED") && error.message.includes(file));
    assert.match(await readFile(file, "utf8"), /^this is a letter/);
    await rm(file);

    const store = await openStore(address);
    for (let n = 0; n < 50; n++) await store.write((tx) => tx.meta.set(`key${n}`, "x".repeat(5_000)));
    await store.stop();
    const half = Math.floor((await stat(file)).size / 2);
    await truncate(file, half);
    await assert.rejects(openStore(address), (error) => isRunwrightError(error, "DATABASE_DAMAGED"));
    assert.equal((await stat(file)).size, half);

    const garbled = await readFile(file);
    garbled.fill(0xa5, 4_096);
    await writeFile(file, Buffer.concat([garbled, Buffer.alloc(half, 0xa5)]));
    await assert.rejects(openStore(address), (error) => isRunwrightError(error, "DATABASE_DAMAGED"));
  });

  it("answers DISK_FULL on a full disk, keeps what was answered, and goes on when there is room", async function () {
    const mount = mountSmall(directory.path);
    if (!mount) return skip(this, "this user can't mount a small file system; run as root to fill a disk");
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "full-disk.ts"), address]);
      const told = JSON.parse(stdout);
      assert.equal(told.code, "DISK_FULL");
      assert.ok(told.answered > 10, `${told.answered} writes were answered before the disk was full`);
      assert.equal(told.stored, told.answered);
      assert.equal(told.afterwards, "ok");
    } finally {
      mount.unmount();
    }
  });
});

/** A file system of 8 MB, or undefined where that isn't allowed. */
function mountSmall(path: string): { unmount(): void } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined; // a container without the right to mount
  }
  return { unmount: () => void execFileSync("umount", [path]) };
}
