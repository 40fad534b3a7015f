import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fallenBack,
  kept,
  MAX_STARTS,
  nextStep,
  parseVersions,
  started,
  taken,
  tryOut,
  type Versions,
  wentBack,
} from "../../../engine/agent/starter/versions.ts";
import { hashOf, versionsIn } from "../../../engine/agent/starter/versions-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const [OLD, NEW, OTHER] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];
const fresh = taken(undefined, OLD);
const trial = { hash: NEW, version: "2.0.0", commandId: "cmd_1", deadlineMs: 600_000 };
const trying = tryOut(fresh, trial);
const names = { hash: NEW, version: "2.0.0", commandId: "cmd_1" };

describe("the versions of an agent", () => {
  it("begin with what came with the starter", () => {
    assert.deepEqual(fresh, { brought: OLD, current: OLD, previous: null, trial: null, verdict: null });
    assert.deepEqual(nextStep(fresh), { do: "run", hash: OLD });
    assert.equal(taken(fresh, OLD), fresh, "the same again changes nothing");
  });

  it("try a new one, keep it when it has reported, and remember the one before", () => {
    assert.deepEqual(nextStep(trying), { do: "try", trial: { ...trial, starts: 0 } });
    const after = kept(started(trying), "it has reported");
    assert.deepEqual(after, { brought: OLD, current: NEW, previous: OLD, trial: null, verdict: { ...names, kept: true, reason: "it has reported" } });
  });

  it("go back to the one before, and say why", () => {
    const after = wentBack(started(trying), "it hangs");
    assert.deepEqual(after, { ...fresh, verdict: { ...names, kept: false, reason: "it hangs" } });
    assert.deepEqual(nextStep(after), { do: "run", hash: OLD });
  });

  it("give a new one up that was started as often as it may be, whatever ended it", () => {
    let versions = trying;
    for (let n = 0; n < MAX_STARTS; n++) {
      assert.equal(nextStep(versions).do, "try");
      versions = started(versions);
    }
    assert.deepEqual(nextStep(versions), { do: "goBack", reason: "it was started 3 times and never reported" });
  });

  it("take over a newer package that an operator has installed, also in the middle of a trial", () => {
    assert.deepEqual(taken(fresh, OTHER), { ...fresh, brought: OTHER, current: OTHER, previous: OLD });
    const after = taken(trying, OTHER);
    assert.equal(after.current, OTHER);
    assert.equal(after.trial, null);
    assert.deepEqual(after.verdict, { ...names, kept: false, reason: "another version was installed meanwhile" });
  });

  it("stay updated when the starter is started again with what it came with", () => {
    const after = kept(trying, "it has reported");
    assert.equal(taken(after, OLD), after);
  });

  it("fall back to the one before when the current code can't be used", () => {
    const after = fallenBack(kept(trying, ""));
    assert.equal(after?.current, OLD);
    assert.equal(after && fallenBack(after), undefined);
  });

  const good: Versions = { ...kept(trying, "r"), trial: { ...trial, starts: 1 } };
  it("are read as they were written", () => assert.deepEqual(parseVersions(JSON.parse(JSON.stringify(good))), good));
  for (const [what, damaged] of Object.entries({
    "no object": "x",
    "a hash that is a path": { ...good, current: "../../etc" },
    "a hash in capitals": { ...good, previous: "A".repeat(64) },
    "a trial without starts": { ...good, trial },
    "a number of starts that is none": { ...good, trial: { ...trial, starts: Number.POSITIVE_INFINITY } },
    "a verdict without a word": { ...good, verdict: { ...names, kept: "yes", reason: "" } },
    "nothing of a later member": { current: OLD },
  })) {
    it(`are as good as none with ${what}`, () => assert.equal(parseVersions(damaged), undefined));
  }
});

describe("the directory of an agent's versions", () => {
  it("keeps code under its hash, and never gives out what was altered", async () => {
    await using home = await temporaryDirectory();
    const versions = versionsIn(home.path);
    const code = Buffer.from("exports.run = 1;");
    const hash = await versions.add(code);
    assert.equal(hash, hashOf(code));
    assert.deepEqual(await versions.read(hash), code);
    await writeFile(versions.pathOf(hash), "exports.run = 2;");
    assert.equal(await versions.read(hash), undefined);
    assert.equal(await versions.add(code), hash, "damaged code is written again");
    assert.deepEqual(await versions.read(hash), code);
    assert.equal(await versions.read(OTHER), undefined);
  });

  it("throws away all but what is named, and nothing that isn't a version", async () => {
    await using home = await temporaryDirectory();
    const versions = versionsIn(home.path);
    await versions.prune([]);
    const hashes = [];
    for (const text of ["one", "two", "three"]) hashes.push(await versions.add(Buffer.from(text)));
    await mkdir(join(home.path, "versions", "notes"));
    await versions.prune([hashes[1] ?? null, null]);
    assert.deepEqual((await readdir(join(home.path, "versions"))).sort(), [hashes[1], "notes"].sort());
  });

  it("takes a damaged list for none", async () => {
    await using home = await temporaryDirectory();
    const versions = versionsIn(home.path);
    assert.equal(await versions.state(), undefined);
    await versions.write(trying);
    assert.deepEqual(await versions.state(), trying);
    const file = join(home.path, "versions.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 40));
    assert.equal(await versions.state(), undefined);
  });
});
