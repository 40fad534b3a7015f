import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { chown, lstat, mkdir, readFile, realpath, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { lockDirectory } from "../../engine/store/restore.ts";
import { skip } from "../support/skip.ts";
import { mountSmall } from "../support/small-disk.ts";
import { type BackupRig, backupRig, keys } from "./rig.ts";

describe("the place of a restore", function () {
  this.timeout(60_000);
  let rig: BackupRig;
  let path: string;
  let restored: string;
  beforeEach(async () => {
    rig = await backupRig();
    path = (await rig.backup()).path;
    restored = rig.at("restored");
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  /** What happens in the middle of a restore: its place has been looked at, and not been taken. */
  const meanwhile = (happens: () => void) => ({
    keys: {
      ...keys,
      isProof(bytes: Uint8Array, proof: Uint8Array) {
        happens();
        return keys.isProof(bytes, proof);
      },
    },
  });
  async function prepared(): Promise<void> {
    await mkdir(restored);
    await writeFile(join(restored, "master.key"), "mine");
  }

  it("keeps what comes into it meanwhile, and says where", async () => {
    await prepared();
    const { movedTo } = await rig.restore(
      path,
      meanwhile(() => writeFileSync(join(restored, "runwright.db"), "new")),
    );
    assert.equal(await readFile(join(String(movedTo), "runwright.db"), "utf8"), "new");
    assert.equal(await readFile(join(restored, "master.key"), "utf8"), "mine");
  });

  it("is left alone when it has come to be meanwhile", async () => {
    const late = meanwhile(() => {
      mkdirSync(restored);
      writeFileSync(join(restored, "runwright.db"), "new");
    });
    assert.equal(await codeOf(rig.restore(path, late)), "DATA_EXISTS");
    assert.equal(await readFile(join(restored, "runwright.db"), "utf8"), "new");
    assert.deepEqual(
      (await rig.names()).filter((name) => name.includes("restore")),
      ["restored"],
    );
  });

  it("is closed to engines and to other restores meanwhile, and open afterwards", async () => {
    await prepared();
    let refusal: unknown;
    await rig.restore(
      path,
      meanwhile(() => {
        try {
          lockDirectory(restored).release();
        } catch (error) {
          refusal = error;
        }
      }),
    );
    assert.ok(isRunwrightError(refusal, "DATABASE_LOCKED"), String(refusal));
    lockDirectory(restored).release();
  });

  it("may be a link: that stays, and leads to what was restored", async () => {
    const real = rig.at("disk");
    await mkdir(real);
    await writeFile(join(real, "runwright.db"), "");
    await symlink(real, restored);
    const { movedTo } = await rig.restore(path, { existing: { keepAs: "old" } });
    assert.ok((await lstat(restored)).isSymbolicLink());
    assert.equal(movedTo, `${await realpath(real)}.old`);
    assert.ok((await rig.names(real)).includes("engine.id"));
    assert.ok((await rig.names(String(movedTo))).includes("runwright.db"));
  });

  it("can't be a disk of its own, which can't be renamed: that is said before anything is read", async function () {
    await mkdir(restored);
    const mounted = mountSmall(restored, "8m");
    if (!mounted) return skip(this, "this user can't mount a file system; run as root");
    try {
      assert.equal(await codeOf(rig.restore(path)), "CONFIG_INVALID");
      assert.deepEqual(await rig.names(restored), []);
    } finally {
      mounted.unmount();
    }
  });

  it("belongs afterwards to whom it belonged before, when root restores", async function () {
    if (process.getuid?.() !== 0) return skip(this, "only root gives files to others");
    await prepared();
    await chown(restored, 12_345, 12_346);
    await rig.restore(path);
    for (const name of [".", ...(await rig.names(restored))]) {
      const { uid, gid } = await stat(join(restored, name));
      assert.deepEqual([name, uid, gid], [name, 12_345, 12_346]);
    }
  });

  it("gets the master key that was named, and keeps another one that was there", async () => {
    await prepared();
    await writeFile(rig.at("named.key"), "named", { mode: 0o644 });
    await rig.restore(path, { keyFile: rig.at("named.key") });
    assert.equal(await readFile(join(restored, "master.key"), "utf8"), "named");
    assert.equal((await stat(join(restored, "master.key"))).mode & 0o777, 0o600);
    assert.equal(await readFile(join(restored, "master.key.before"), "utf8"), "mine");
  });

  it("keeps a link to a master key elsewhere: the key isn't copied", async () => {
    await mkdir(restored);
    await writeFile(rig.at("vault.key"), "mine");
    await symlink("../vault.key", join(restored, "master.key"));
    await rig.restore(path, { keyFile: join(restored, "master.key") });
    assert.ok((await lstat(join(restored, "master.key"))).isSymbolicLink());
    assert.ok(!(await rig.names(restored)).includes("master.key.before"));
  });
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (isRunwrightError(error) ? error.code : String(error)),
  );
