import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createBackupRounds } from "../../engine/backup/rounds.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { eventually } from "../support/eventually.ts";
import { type BackupRig, backupRig, keys } from "./rig.ts";

describe("backups that the engine makes by itself, beside others", function () {
  this.timeout(60_000);
  let rig: BackupRig;
  let folder: string;
  const { signal } = new AbortController();
  beforeEach(async () => {
    rig = await backupRig();
    folder = rig.at("backups");
    await mkdir(folder);
  });
  afterEach(() => rig[Symbol.asyncDispose]());
  const rounds = (more: Partial<Parameters<typeof createBackupRounds>[0]> = {}) =>
    createBackupRounds({ backups: rig.backups, folder, keep: 2, protection: {}, keys: () => keys, ...more });

  it("aren't disturbed by another one that is asked for meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const slow = rounds({
      backups: {
        async make(given) {
          const ready = await rig.backups.make(given);
          async function* body() {
            for await (const piece of ready.body()) {
              yield piece;
              await gate.promise;
            }
          }
          return { ...ready, body };
        },
      },
    }).run(signal);
    await eventually("a draft is there", async () => readdirSync(folder).length > 0);
    await assert.rejects(rounds().run(signal), (error) => isRunwrightError(error, "CONFLICT"));
    gate.resolve();
    const { file } = await slow;
    assert.deepEqual(readdirSync(folder), [file]);
  });

  it("are tried out beside the records: a folder for backups never holds anything in the clear", async () => {
    let during: string[] = [];
    const watching = {
      ...keys,
      open(sealed: Uint8Array, name: string) {
        during = readdirSync(folder);
        return keys.open(sealed, name);
      },
    };
    const { file } = await rounds({ keys: () => watching }).run(signal);
    assert.deepEqual(during, [file]);
    assert.deepEqual(await rig.names(`${rig.data}/backup-work`), []);
  });

  it("need a folder that the engine can write into: else it warns, until it can", async () => {
    const path = rig.at("file");
    await writeFile(path, ""); // as root any folder can be written into, but a file is none
    const lost = rounds({ folder: `${path}/backups` });
    assert.match(await eventually("it has looked", () => lost.warnings()[0]), /can't write into its folder of backups, backupFolder \(ENOTDIR\)/);
    await rm(path);
    await eventually("it has looked again", () => lost.warnings().length === 0);
    const unset = rounds({ folder: null });
    assert.deepEqual([unset.warnings(), unset.warnings()], [[], []]);
  });

  it("stay when older ones say that they are newer, as a clock was ahead", async () => {
    for (const name of ["runwright-20990101T000000000Z.backup", "runwright-20990102T000000000Z.backup"]) await writeFile(`${folder}/${name}`, "");
    const { file, removed } = await rounds().run(signal);
    assert.deepEqual(removed, ["runwright-20990101T000000000Z.backup"]);
    assert.deepEqual(readdirSync(folder).sort(), [file, "runwright-20990102T000000000Z.backup"]);
  });
});
