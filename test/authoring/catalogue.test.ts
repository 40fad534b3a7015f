import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { bundleRunbook } from "../../engine/authoring/bundle.ts";
import { type Catalogue, createCatalogue } from "../../engine/authoring/catalogue.ts";
import { createReceiver, type ReceivedRunbook } from "../../engine/authoring/receive.ts";
import { createIds } from "../../engine/ids.ts";
import type { RunningSandbox } from "../../engine/sandbox/sandbox.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { loadingSandbox } from "./real-sandbox.ts";
import { definition, runbookFolder } from "./runbook-folder.ts";

const ADA = { by: "ada", message: "" };

describe("the catalogue of runbooks", () => {
  let sandbox: RunningSandbox;
  let folder: Awaited<ReturnType<typeof runbookFolder>>;
  let store: Store;
  let clock: TestClock;
  let catalogue: Catalogue;
  /** A runbook that writes this word, as a client sends it. */
  let saying: (word: string, comment?: string) => Promise<ReceivedRunbook>;

  before(async () => {
    sandbox = loadingSandbox();
    const receiver = createReceiver({ extractor: sandbox });
    saying = async (word, comment = "") => {
      await writeFile(folder.file("greet.ts"), definition(`  run: ({ log }) => log("${word}"),`, comment));
      const result = await bundleRunbook({ entry: folder.file("greet.ts") });
      assert.ok(result.ok);
      return receiver.receive({ name: "greet", ...result.bundle });
    };
  });
  after(() => sandbox.stop());
  beforeEach(async () => {
    clock = testClock("2026-05-01T00:00:00Z");
    folder = await runbookFolder({});
    store = await openStore(`sqlite:${folder.path}`);
    catalogue = createCatalogue({ store, clock, newId: createIds(clock) });
  });
  afterEach(async () => {
    await store.stop();
    await folder.remove();
  });

  it("numbers versions and keeps each with its author, time, hash and source", async () => {
    const [hello, bye] = [await saying("hello"), await saying("bye")];
    await catalogue.publish("greet", "/ops", hello, { by: "ada", message: "first" });
    clock.advance({ hours: 1 });
    await catalogue.publish("greet", "/ops", bye, { by: "bob", message: "second" });
    const versions = await catalogue.versions("greet");
    assert.deepEqual(
      versions.map(({ version, publishedBy, publishedAt, message, bundleHash }) => [version, publishedBy, publishedAt, message, bundleHash]),
      [
        [2, "bob", clock.now(), "second", bye.bundleHash],
        [1, "ada", clock.now() - 3_600_000, "first", hello.bundleHash],
      ],
    );
    assert.deepEqual((await catalogue.version("greet", 1)).sources, hello.sources);
    assert.equal((await store.read.runbooks.bundle(hello.bundleHash))?.text, hello.bundle);
    await assert.rejects(catalogue.version("greet", 3), { code: "VERSION_NOT_FOUND" });
  });

  it("makes no new version of the same bundle, also when only a comment of the source differs", async () => {
    const first = await catalogue.publish("greet", "/", await saying("hello"), ADA);
    const again = await catalogue.publish("greet", "/", await saying("hello"), ADA);
    const commented = await catalogue.publish("greet", "/", await saying("hello", "// more to read"), ADA);
    assert.deepEqual([first.isNew, again.isNew, commented.isNew], [true, false, false]);
    assert.equal((await catalogue.versions("greet")).length, 1);
  });

  it("makes a new version when an older one comes back", async () => {
    const [hello, bye] = [await saying("hello"), await saying("bye")];
    for (const one of [hello, bye, hello]) await catalogue.publish("greet", "/", one, ADA);
    assert.deepEqual(
      (await catalogue.versions("greet")).map(({ bundleHash }) => bundleHash),
      [hello, bye, hello].map(({ bundleHash }) => bundleHash),
    );
  });

  it("keeps a draft that can change without a version, and counts its saves", async () => {
    await catalogue.saveDraft("greet", "/", await saying("hello"), ADA);
    const second = await catalogue.saveDraft("greet", "/", await saying("bye"), ADA);
    assert.equal(second.revision, 2);
    assert.deepEqual(await catalogue.versions("greet"), []);
    assert.equal((await catalogue.draft("greet")).bundleHash, second.bundleHash);
  });

  it("refuses to publish over a version that the author hasn't seen", async () => {
    await catalogue.publish("greet", "/", await saying("hello"), { ...ADA, expectedVersion: 0 });
    await assert.rejects(catalogue.publish("greet", "/", await saying("bye"), { ...ADA, expectedVersion: 0 }), { code: "CONFLICT" });
    assert.equal((await catalogue.versions("greet")).length, 1);
  });

  it("brings a deleted runbook back within 30 days, with its versions", async () => {
    await catalogue.publish("greet", "/", await saying("hello"), ADA);
    await catalogue.delete("greet", ADA);
    await assert.rejects(catalogue.delete("greet", ADA), { code: "RUNBOOK_NOT_FOUND" });
    await assert.rejects(catalogue.publish("greet", "/", await saying("bye"), ADA), { code: "NAME_TAKEN" });
    clock.advance({ hours: 30 * 24 });
    assert.equal(await catalogue.purge(), 0);
    await catalogue.restore("greet", ADA);
    await assert.rejects(catalogue.restore("greet", ADA), { code: "CONFLICT" });
    assert.equal((await catalogue.versions("greet")).length, 1);
  });

  it("lets a deleted runbook go after 30 days; then its name is free", async () => {
    await catalogue.publish("greet", "/", await saying("hello"), ADA);
    await catalogue.delete("greet", ADA);
    clock.advance({ hours: 30 * 24, milliseconds: 1 });
    await assert.rejects(catalogue.restore("greet", ADA), { code: "RESTORE_EXPIRED" });
    assert.equal(await catalogue.purge(), 1);
    await assert.rejects(catalogue.get("greet"), { code: "RUNBOOK_NOT_FOUND" });
    assert.equal((await catalogue.publish("greet", "/", await saying("bye"), ADA)).version.version, 1);
  });

  it("refuses a name that lies in another scope", async () => {
    await catalogue.publish("greet", "/ops", await saying("hello"), ADA);
    await assert.rejects(catalogue.publish("greet", "/dev", await saying("bye"), ADA), { code: "NAME_TAKEN" });
  });
});
