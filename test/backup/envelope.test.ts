import assert from "node:assert/strict";
import fc from "fast-check";
import { type Protection, unwrapped, wrapped } from "../../engine/backup/envelope.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { key, none, passphrase } from "./rig.ts";

const CHUNK = 64 * 1024;
const TAG = 16;

describe("the envelope of a backup", () => {
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
    it(`gives ${length} bytes back, whatever pieces they come in`, async () => {
      const body = Buffer.alloc(length, 0xa5);
      for (const protection of [none, key]) {
        const file = await joined(wrapped(pieces(body, 50_000), protection));
        assert.deepEqual(await joined(unwrapped(pieces(file, 7_777), protection)), body);
        if (protection.kind !== "none" && length > 0) assert.ok(!file.includes(body.subarray(0, 64)) || length < 64);
      }
    });
  }

  it("opens with the passphrase, however its letters are composed", async () => {
    const file = await joined(wrapped(pieces(Buffer.from("body")), { kind: "passphrase", passphrase: "Schlu\u0308ssel" }));
    assert.equal(String(await joined(unwrapped(pieces(file), { kind: "passphrase", passphrase: "Schl\u00fcssel" }))), "body");
  });

  const refusals: [what: string, made: Protection, given: Protection, code: string][] = [
    ["another passphrase", passphrase, { kind: "passphrase", passphrase: "another passphrase" }, "BACKUP_SEALED"],
    ["another key", key, { kind: "key", key: Buffer.alloc(32, 4) }, "BACKUP_SEALED"],
    ["a key where a passphrase was used", passphrase, key, "BACKUP_SEALED"],
    ["a passphrase where a key was used", key, passphrase, "BACKUP_SEALED"],
    ["nothing where a key was used", key, none, "BACKUP_SEALED"],
    ["a key where nothing was used", none, key, "BACKUP_SEALED"],
  ];
  for (const [what, made, given, code] of refusals) {
    it(`doesn't open with ${what}`, async () => {
      const file = await joined(wrapped(pieces(Buffer.from("body")), made));
      assert.equal(await codeOf(joined(unwrapped(pieces(file), given))), code);
    });
  }

  const lines: [line: string, code: string][] = [
    ["", "BACKUP_DAMAGED"],
    ["PK\u0003\u0004", "BACKUP_DAMAGED"],
    ["runwright-backup", "BACKUP_DAMAGED"],
    ["runwright-backup x none\n", "BACKUP_DAMAGED"],
    ["runwright-backup 1 rot13\n", "BACKUP_DAMAGED"],
    ["runwright-backup 1 none more\n", "BACKUP_DAMAGED"],
    [`runwright-backup 1 scrypt:30 ${"A".repeat(43)} ${"0".repeat(16)}\n`, "BACKUP_DAMAGED"],
    [`runwright-backup 1 scrypt:99999999999 ${"A".repeat(43)} ${"0".repeat(16)}\n`, "BACKUP_DAMAGED"],
    ["runwright-backup 2 none\n", "BACKUP_NEWER"],
    ["runwright-backup 999999999 whatever comes then\n", "BACKUP_NEWER"],
    ["x".repeat(1_000_000), "BACKUP_DAMAGED"],
  ];
  for (const [line, code] of lines) {
    it(`answers a first line ${JSON.stringify(line.slice(0, 60))} with ${code}`, async () => {
      assert.equal(await codeOf(joined(unwrapped(pieces(Buffer.from(line, "latin1")), none))), code);
    });
  }

  it("finds chunks that are left out, repeated, swapped or cut off", async () => {
    const file = await joined(wrapped(pieces(Buffer.alloc(4 * CHUNK + 100, 1)), key));
    const start = file.indexOf(10) + 1;
    const line = file.subarray(0, start);
    const chunks = Array.from({ length: 5 }, (_, i) => file.subarray(start + i * (CHUNK + TAG), start + (i + 1) * (CHUNK + TAG)));
    const orders = [[0, 1, 2, 3], [0, 1, 3, 4], [0, 0, 1, 2, 3, 4], [1, 0, 2, 3, 4], [0, 1, 2, 3, 4, 4], [], [4]];
    for (const order of orders) {
      const altered = Buffer.concat([line, ...order.flatMap((i) => chunks[i] ?? [])]);
      assert.equal(await codeOf(joined(unwrapped(pieces(altered), key))), "BACKUP_DAMAGED", String(order));
    }
  });

  it("finds any altered or missing byte of an encrypted file (property)", async () => {
    const file = await joined(wrapped(pieces(Buffer.alloc(CHUNK + 500, 1)), key));
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, by, cut) => {
        const altered = cut ? file.subarray(0, at) : Buffer.from(file);
        if (!cut) altered[at] = (altered[at] ?? 0) ^ by;
        assert.match(await codeOf(joined(unwrapped(pieces(altered), key))), /^BACKUP_/);
      }),
      { numRuns: 200 },
    );
  });
});

async function* pieces(bytes: Buffer, size = Math.max(1, bytes.length)): AsyncIterable<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const joined = async (parts: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(parts));

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (isRunwrightError(error) ? error.code : String(error)),
  );
