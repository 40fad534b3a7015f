import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const backup = loadRunbook<typeof import("./backup.ts")>(new URL("./backup.ts", import.meta.url));
const lastTime = (rows: number) => ({ variables: { "last-backup": { file: "runwright-20260101T000000000Z.backup", rows, createdAt: 0 } } });

test("backup puts out what the engine has done, and remembers it for the next time", async () => {
  const job = await backup.run({ ...lastTime(900), engine: { backup: () => ({ rows: 1_000, removed: ["runwright-20251201T000000000Z.backup"] }) } });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  const [done] = job.outputs as unknown as { rows: number; restoredRows: number }[];
  assert.deepEqual([done?.rows, done?.restoredRows], [1_000, 1_000]);
  assert.match(job.logs.map(({ message }) => message).join("\n"), /1000 rows.*\n.*removed runwright-20251201T000000000Z\.backup/);
  assert.deepEqual(job.permissions.unused, []);
});

test("backup works the first time, when nothing is remembered", async () => {
  assert.equal((await backup.run({})).status, "completed");
});

test("backup of a database server is checked, and says that it wasn't restored", async () => {
  const job = await backup.run({ ...lastTime(900), engine: { backup: () => ({ restoredRows: null }) } });
  assert.equal(job.status, "completed");
  assert.ok(job.logs.some(({ message }) => /database server/.test(message)));
});

const failures: [what: string, params: { mustBeEncrypted?: boolean; shrinksAtMost?: number }, done: object, says: RegExp][] = [
  ["rows are missing after the restore", {}, { rows: 1_000, restoredRows: 999 }, /1000 rows were backed up, and 999 were found/],
  ["it has shrunk by more than half", {}, { rows: 400 }, /has 400 rows, and the one before had 900/],
  ["it has shrunk at all, where that is forbidden", { shrinksAtMost: 0 }, { rows: 899 }, /has 899 rows/],
  ["it should be encrypted and isn't", { mustBeEncrypted: true }, { encrypted: false }, /isn't encrypted/],
];
for (const [what, params, done, says] of failures) {
  test(`backup fails when ${what}`, async () => {
    const job = await backup.run({ ...lastTime(900), params, engine: { backup: () => done } });
    assert.equal(job.status, "failed");
    assert.match(job.error?.message ?? "", says);
  });
}

test("backup fails with what the engine says", async () => {
  const job = await backup.run({
    engine: {
      backup: () => {
        throw Object.assign(new Error("no space is left"), { code: "DISK_FULL" });
      },
    },
  });
  assert.match(job.error?.message ?? "", /no space is left/);
});

test("backup survives a crash at every wait", async () => {
  assert.equal((await backup.run({ ...lastTime(900), interrupted: true })).status, "completed");
});
