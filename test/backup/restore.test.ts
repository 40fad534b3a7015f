import assert from "node:assert/strict";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { checkBackupFile, writeBackupFile } from "../../engine/backup/file.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { BackupManifest } from "../../engine/protocol/backup.ts";
import { openStore, SCHEMA_VERSION } from "../../engine/store/store.ts";
import { type BackupRig, backupRig, key, keys, none, otherKeys, passphrase } from "./rig.ts";

describe("a backup", function () {
  this.timeout(60_000);
  let rig: BackupRig;
  beforeEach(async () => {
    rig = await backupRig();
    await rig.fill(500);
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  for (const protection of [none, passphrase, key]) {
    it(`is restored with all records and the files that count (${protection.kind})`, async () => {
      const { path, manifest } = await rig.backup(protection);
      assert.equal(manifest.counts.streams, 500);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await rig.restore(path, { file: { path, protection } });
      const restored = rig.at("restored");
      assert.deepEqual(await rig.names(restored), ["config.yaml.restored", "engine.id", "runwright.db", "tls.key"]);
      assert.equal(await readFile(join(restored, "tls.key"), "utf8"), "-----BEGIN PRIVATE KEY-----\n");
      for (const name of await rig.names(restored)) assert.equal((await stat(join(restored, name))).mode & 0o077, 0, `${name} is its owner's alone`);
      const store = await openStore(`sqlite:${restored}`);
      const page = { after: 0, limit: 1_000 };
      assert.deepEqual(await store.read.streams.list("job_1", page), await rig.store.read.streams.list("job_1", page));
      await store.stop();
      assert.deepEqual(await rig.names(join(rig.data, "backup-work")), []);
    });
  }

  it("holds no private key and no setting in the clear", async () => {
    const { path } = await rig.backup();
    const body = unpack(await readFile(path));
    for (const text of ["BEGIN PRIVATE KEY", "port: 4999"]) assert.ok(!body.includes(text), text);
  });

  it("is refused over what is there, and keeps it aside when it is told to replace it", async () => {
    const { path } = await rig.backup();
    await mkdir(rig.at("restored"));
    await writeFile(rig.at("restored/runwright.db"), "old");
    await writeFile(rig.at("restored/master.key"), "mine");
    const before = await rig.names();
    assert.equal(await codeOf(rig.restore(path)), "DATA_EXISTS");
    assert.equal(await codeOf(rig.restore(path, { existing: { keepAs: "old" }, keys: otherKeys })), "MASTER_KEY_WRONG");
    assert.deepEqual(await rig.names(), before);
    assert.equal(await readFile(rig.at("restored/runwright.db"), "utf8"), "old");
    await writeFile(rig.at("restored/runwright.db"), ""); // a database that can be locked
    const { movedTo } = await rig.restore(path, { existing: { keepAs: "old" } });
    assert.equal(movedTo, rig.at("restored.old"));
    assert.equal((await stat(rig.at("restored.old/runwright.db"))).size, 0);
    assert.equal(await readFile(rig.at("restored/master.key"), "utf8"), "mine");
  });

  it("is restored beside a master key and settings that an operator has put there before", async () => {
    const { path } = await rig.backup();
    await mkdir(rig.at("restored"));
    await writeFile(rig.at("restored/master.key"), "mine");
    await writeFile(rig.at("restored/config.yaml"), "port: 1\n");
    assert.equal((await rig.restore(path)).movedTo, null);
    assert.equal(await readFile(rig.at("restored/config.yaml"), "utf8"), "port: 1\n");
    assert.deepEqual(
      (await rig.names()).filter((name) => name.includes("restore")),
      ["restored"],
    );
  });

  it("isn't restored over a directory that an engine uses", async () => {
    const { path } = await rig.backup();
    assert.equal(await codeOf(rig.restore(path, { directory: rig.data, existing: { keepAs: "old" } })), "DATABASE_LOCKED");
  });

  it("doesn't overwrite a file, and two at once don't disturb each other", async () => {
    const { path } = await rig.backup();
    const bytes = await readFile(path);
    await using ready = await rig.backups.make(new AbortController().signal);
    assert.equal(await codeOf(rig.backups.make(new AbortController().signal)), "CONFLICT");
    assert.equal(await codeOf(writeBackupFile({ path, protection: none }, ready.body())), "DATA_EXISTS");
    assert.deepEqual(await readFile(path), bytes);
  });

  describe("that was altered, cut short or forged", () => {
    const changes: [what: string, code: string, change: (bytes: Buffer) => Buffer][] = [
      ["is empty", "BACKUP_DAMAGED", () => Buffer.alloc(0)],
      ["lacks its last byte", "BACKUP_DAMAGED", (bytes) => bytes.subarray(0, -1)],
      ["lacks its second half", "BACKUP_DAMAGED", (bytes) => bytes.subarray(0, bytes.length / 2)],
      ["goes on after its end", "BACKUP_DAMAGED", (bytes) => Buffer.concat([bytes, Buffer.from("more")])],
      ["is followed by another", "BACKUP_DAMAGED", (bytes) => Buffer.concat([bytes, bytes])],
      [
        "is from a newer version of the format",
        "BACKUP_NEWER",
        (bytes) => Buffer.concat([Buffer.from("runwright-backup 2 none\n"), bytes.subarray(bytes.indexOf(10) + 1)]),
      ],
      ["announces a manifest of 4 GB", "BACKUP_DAMAGED", (bytes) => repack(bytes, (body) => void body.writeUInt32BE(0xffffffff))],
      ["announces a manifest of no bytes", "BACKUP_DAMAGED", (bytes) => repack(bytes, (body) => void body.writeUInt32BE(0))],
      [
        "has a byte of its records changed",
        "BACKUP_DAMAGED",
        (bytes) => repack(bytes, (body) => void body.writeUInt8(body.readUInt8(body.length - 5_000) ^ 1, body.length - 5_000)),
      ],
      ["says that it has more rows", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => void Object.assign(manifest.counts, { streams: 501 }))],
      ["says that its records are of 8 PB", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => first(manifest, { bytes: 2 ** 53 - 1 }))],
      ["says that its records are larger than a number can be", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => first(manifest, { bytes: 1e300 }))],
      ["names a part that climbs out", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => first(manifest, { name: "../../etc/passwd" }))],
      ["names an absolute path", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => first(manifest, { name: "/etc/passwd" }))],
      ["names the master key as a part", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => first(manifest, { name: "master.key" }))],
      ["names a part twice", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => void manifest.parts.push(...manifest.parts))],
      ["has settings of 2 MB", "BACKUP_DAMAGED", (bytes) => redeclare(bytes, (manifest) => void Object.assign(manifest.parts[1] ?? {}, { bytes: 2 ** 21 }))],
      [
        "has a table called __proto__",
        "BACKUP_DAMAGED",
        (bytes) => redeclare(bytes, (manifest) => void Object.assign(manifest, { counts: JSON.parse('{"__proto__": {"x": 1}}') })),
      ],
      [
        "is of a newer schema, by someone without the master key",
        "BACKUP_DAMAGED",
        (bytes) => redeclare(bytes, (manifest) => void Object.assign(manifest.database, { schemaVersion: 99 })),
      ],
    ];
    for (const [what, code, change] of changes) {
      it(`is refused when it ${what}, and leaves nothing behind`, async () => {
        const { path } = await rig.backup();
        const altered = await rig.altered(path, change);
        const before = await rig.names();
        assert.equal(await codeOf(rig.restore(altered)), code);
        assert.deepEqual(await rig.names(), before);
      });
    }

    it("is refused whatever byte is another one (property)", async () => {
      const { path } = await rig.backup();
      const bytes = await readFile(path);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
          const altered = await rig.altered(path, (copy) => flipped(copy, at, by));
          assert.match(await codeOf(checkBackupFile({ path: altered, protection: none }, keys)), /^BACKUP_/);
        }),
        {
          numRuns: 60,
          examples: [
            [0, 1],
            [bytes.indexOf(10), 1],
            [bytes.length - 1, 1],
          ],
        },
      );
    });

    it("is refused with the right master key when it is of a newer schema", async () => {
      const { path } = await rig.backup();
      const newer = await rig.altered(path, (bytes) =>
        redeclare(bytes, (manifest) => void Object.assign(manifest.database, { schemaVersion: SCHEMA_VERSION + 2 }), keys.prove),
      );
      assert.equal(await codeOf(rig.restore(newer)), "DATABASE_NEWER");
    });

    it("doesn't unpack what would take gigabytes of memory", async () => {
      const bomb = await rig.altered((await rig.backup()).path, () =>
        Buffer.concat([Buffer.from("runwright-backup 1 none\n"), zstdCompressSync(Buffer.alloc(200_000_000))]),
      );
      const before = process.memoryUsage.rss();
      assert.equal(await codeOf(checkBackupFile({ path: bomb, protection: none }, null)), "BACKUP_DAMAGED");
      assert.ok(process.memoryUsage.rss() - before < 100_000_000);
    });
  });

  it("leaves nothing behind when what comes ends early, and when the copy is given up", async () => {
    const before = await rig.names();
    async function* half(): AsyncIterable<Uint8Array> {
      await using ready = await rig.backups.make(new AbortController().signal);
      for await (const piece of ready.body()) {
        yield piece.subarray(0, piece.length / 2);
        throw new Error("the connection is gone");
      }
    }
    assert.match(await codeOf(writeBackupFile({ path: rig.at("half.backup"), protection: none }, half())), /connection is gone/);
    assert.match(await codeOf(rig.backup(none, AbortSignal.abort(new Error("given up")))), /given up/);
    const giveUp = new AbortController();
    const given = rig.backup(none, giveUp.signal);
    giveUp.abort(new Error("given up"));
    assert.match(await codeOf(given), /given up/);
    assert.deepEqual(await rig.names(), before);
    assert.deepEqual(await rig.names(join(rig.data, "backup-work")), []);
    await rig.backup(); // nothing keeps the next one from being made
  });

  it("is of one moment, however many write meanwhile (property)", async () => {
    // Each writer adds to both tables in one transaction: a copy of two moments would show different numbers.
    await rig.store.write((tx) => tx.meta.set("pair", "0"));
    const stop = new AbortController();
    let written = 0;
    async function keepWriting(): Promise<void> {
      while (!stop.signal.aborted) {
        await rig.store.write(async (tx) => {
          const next = Number(await tx.meta.get("pair")) + 1;
          await tx.meta.set("pair", String(next));
          await tx.streams.append("job_pair", [{ seq: next, at: 0, kind: "output", value: "x".repeat(200) }]);
          written = next;
        });
      }
    }
    const writers = Promise.all([keepWriting(), keepWriting(), keepWriting()]);
    const seen: number[] = [];
    for (let round = 0; round < 8; round++) {
      const { path } = await rig.backup();
      const directory = rig.at(`round-${round}`);
      await rig.restore(path, { directory });
      const store = await openStore(`sqlite:${directory}`);
      const pair = Number(await store.read.meta.get("pair"));
      const rows = await store.read.streams.list("job_pair", { after: 0, limit: 1_000_000 });
      assert.equal(rows.length, pair);
      seen.push(pair);
      await store.stop();
    }
    stop.abort();
    await writers;
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.ok((seen.at(-1) ?? 0) > (seen[0] ?? 0) && (seen.at(-1) ?? 0) <= written, `writers went on: ${seen}`);
  });

  it("is checked again from disk: a folder that can't be written, and one that is gone, are told", async () => {
    await using ready = await rig.backups.make(new AbortController().signal);
    assert.equal(await codeOf(writeBackupFile({ path: rig.at("none/there.backup"), protection: none }, ready.body())), "NOT_FOUND");
    await rename(rig.at("data"), rig.at("moved")); // the copy is gone with it
    assert.notEqual(await codeOf(writeBackupFile({ path: rig.at("gone.backup"), protection: none }, ready.body())), "none");
    await rename(rig.at("moved"), rig.at("data"));
    assert.ok(!(await rig.names()).some((name) => name.startsWith("gone")));
  });
});

const LINE = Buffer.from("runwright-backup 1 none\n");
const unpack = (file: Buffer): Buffer => zstdDecompressSync(file.subarray(file.indexOf(10) + 1));
function repack(file: Buffer, change: (body: Buffer) => void): Buffer {
  const body = unpack(file);
  change(body);
  return packed(body);
}

const packed = (body: Buffer): Buffer => Buffer.concat([LINE, zstdCompressSync(body)]);

function flipped(bytes: Buffer, at: number, by: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ by;
  return bytes;
}

const first = (manifest: BackupManifest, change: object): void => void Object.assign(manifest.parts[0] ?? {}, change);

/** Another manifest, with the proof of the one before, or with that of whoever has the master key. */
function redeclare(file: Buffer, change: (manifest: BackupManifest) => void, prove?: (bytes: Uint8Array) => Uint8Array): Buffer {
  const body = unpack(file);
  const end = 4 + body.readUInt32BE();
  const given: BackupManifest = JSON.parse(body.subarray(4, end).toString());
  change(given);
  const manifest = Buffer.from(JSON.stringify(given));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(manifest.length);
  return packed(Buffer.concat([length, manifest, prove?.(manifest) ?? body.subarray(end, end + 32), body.subarray(end + 32)]));
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (isRunwrightError(error) ? error.code : String(error)),
  );
