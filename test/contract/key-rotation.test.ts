import assert from "node:assert/strict";
import { createAssets } from "../../engine/access/assets.ts";
import { openEngineIdentity } from "../../engine/access/identity.ts";
import { createKeyRotation } from "../../engine/access/key-rotation.ts";
import { type MasterKeySource, openMasterKey, readNextMasterKey } from "../../engine/access/master-key.ts";
import { openRootKeys, type RootKeyDocument } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { createIds } from "../../engine/ids.ts";
import type { Store } from "../../engine/store/store.ts";
import { actor, callerOf, root } from "../access/access.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const textKey = (n: number): MasterKeySource => ({ kind: "text", text: Buffer.alloc(32, n).toString("base64"), name: `KEY_${n}` });
const HOUR = 3_600_000;
const forEver = new AbortController().signal;

/** One engine's keys and assets on a store that several may share. */
async function engine(store: Store, clock: TestClock, { key = 1, next }: { key?: number; next?: number } = {}) {
  const nextSource = next === undefined ? null : textKey(next);
  const unlock = () => openMasterKey({ store, source: textKey(key), next: nextSource });
  const problems: unknown[] = [];
  const parts = { store, masterKey: await unlock(), unlock, monotonic: clock.monotonic, onProblem: (error: unknown) => void problems.push(error) };
  const roots = await openRootKeys(parts);
  const sealer = createSealer(roots);
  const identity = await openEngineIdentity({ store, sealer });
  const nextMasterKey = nextSource && (() => readNextMasterKey(nextSource));
  return {
    ...{ roots, sealer, identity, problems },
    assets: createAssets({ store, clock, newId: createIds(clock), sealer }),
    rotation: createKeyRotation({ store, clock, sealer, roots, nextMasterKey }),
  };
}

describe("the rotation of keys", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    let clock: TestClock;
    beforeEach(async () => {
      store = await open();
      clock = testClock();
    });
    afterEach(() => store.stop());

    const document = async () => JSON.parse((await store.read.meta.get("rootKeys")) ?? "") as RootKeyDocument;
    const job = { jobId: "job_1", scope: "/", actor: root.actor, correlationId: "c" };
    type Engine = Awaited<ReturnType<typeof engine>>;
    const secretOf = async ({ assets }: Engine, name: string, version: number | null = null) => (await assets.read("secret", name, version, job)).value;

    /** Values, older ones too, a job with its journal, a command. */
    async function fill({ assets, sealer }: Engine) {
      for (let i = 0; i < 45; i++) await assets.set({ scope: "/", name: `s${i}`, kind: "secret", value: `value-${i}` }, root);
      await assets.set({ scope: "/", name: "s0", kind: "secret", value: "newer" }, root);
      const keys = Array.from({ length: 450 }, () => sealer.newKey());
      await store.write(async (tx) => {
        for (const [i, { wrapped }] of keys.entries()) await tx.jobs.insert(aJob({ id: `job_${String(i).padStart(4, "0")}`, wrappedKey: wrapped }), "ada");
      });
      return { sealed: keys.map(({ key }, i) => key.seal(`journal ${i}`, "c")) };
    }

    async function assertReadable(one: Engine, { sealed }: Awaited<ReturnType<typeof fill>>) {
      assert.deepEqual([await secretOf(one, "s0"), await secretOf(one, "s0", 1), await secretOf(one, "s44")], ["newer", "value-0", "value-44"]);
      for (const i of [0, 200, 449]) {
        const row = await store.read.jobs.get(`job_${String(i).padStart(4, "0")}`);
        assert.equal(one.sealer.unwrap(row?.wrappedKey ?? new Uint8Array()).open(sealed[i] ?? new Uint8Array(), "c"), `journal ${i}`);
      }
    }

    it("gives every value a new key and wraps every other key anew, and what was sealed before still opens", async () => {
      const one = await engine(store, clock);
      const filled = await fill(one);
      const [before] = await store.read.wrappedKeys.others("jobs", { prefix: new Uint8Array([9]), after: "", limit: 1 });
      const step = await one.rotation.rotate(root, forEver);
      assert.deepEqual([step.done, step.assets, step.keys, step.damaged], [true, 46, 451, 0]);
      await assertReadable(one, filled);
      const prefix = one.sealer.currentPrefix();
      assert.equal(prefix.length, 9);
      for (const table of ["jobs", "commands"] as const) assert.deepEqual(await store.read.wrappedKeys.others(table, { prefix, after: "", limit: 1 }), []);
      assert.deepEqual(await store.read.wrappedKeys.otherAssetVersions({ prefix, after: { assetId: "", version: 0 }, limit: 1 }), []);
      assert.notDeepEqual(before?.wrappedKey, (await store.read.jobs.get("job_0000"))?.wrappedKey);

      const again = await engine(store, clock);
      await assertReadable(again, filled);
      assert.equal(again.identity.publicKey, one.identity.publicKey);
      assert.deepEqual(again.roots.first().derive("hashes"), one.roots.first().derive("hashes"), "hashes in journals stay comparable");
      const entries = (await store.read.activity.list({ scopes: ["/"], limit: 100 })).filter((entry) => entry.operation === "asset.rotateKeys");
      assert.deepEqual(
        entries.map((entry) => entry.details),
        [{ rootKey: step.rootKey, ended: true, assets: 46, keys: 451, damaged: 0 }, { rootKey: step.rootKey }],
      );
    });

    it("goes on after an interruption with the same root key, and everything opens in between", async () => {
      const one = await engine(store, clock);
      const filled = await fill(one);
      const rootKeys = new Set<string>();
      let calls = 0;
      for (let isDone = false; !isDone; ) {
        // Ends after one batch more each time, as if it had been killed there.
        let left = ++calls;
        const signal = {
          get aborted() {
            return left-- <= 0;
          },
        } as AbortSignal;
        const step = await one.rotation.rotate(root, signal);
        rootKeys.add(step.rootKey);
        isDone = step.done;
        const restarted = await engine(store, clock);
        await assertReadable(restarted, filled);
      }
      assert.equal(rootKeys.size, 1);
      assert.ok(calls > 3, `${calls}`);
      assert.equal((await document()).rotating, false);
    });

    it("is for administrators of everything, one at a time", async () => {
      const one = await engine(store, clock);
      for (const grants of [{ role: "author", scope: "/" } as const, { role: "admin", scope: "/team" } as const])
        await assert.rejects(one.rotation.rotate(callerOf(actor("ada", grants)), forEver), { code: "PERMISSION_DENIED" });
      const [first, second] = await Promise.allSettled([one.rotation.rotate(root, forEver), one.rotation.rotate(root, forEver)]);
      assert.equal(first.status, "fulfilled");
      assert.equal(second.status === "rejected" && second.reason.code, "CONFLICT");
    });

    it("leaves what was altered in the database as it is, and says how much", async () => {
      const one = await engine(store, clock);
      await one.assets.set({ scope: "/", name: "a", kind: "secret", value: "value-a" }, root);
      await store.write(async (tx) => {
        await tx.jobs.insert(aJob({ id: "job_x", wrappedKey: new Uint8Array([1, 2, 3]) }), "ada");
        await tx.jobs.insert(aJob({ id: "job_y", wrappedKey: new Uint8Array(0) }), "ada");
      });
      const step = await one.rotation.rotate(root, forEver);
      assert.deepEqual([step.done, step.damaged, await secretOf(one, "a")], [true, 2, "value-a"]);
    });

    it("forgets an old root key when nothing uses it and no engine can have it in hand, but never the first", async () => {
      const one = await engine(store, clock);
      await one.assets.set({ scope: "/", name: "a", kind: "secret", value: "value-a" }, root);
      await one.rotation.rotate(root, forEver);
      const late = one.sealer.newKey();
      await one.rotation.rotate(root, forEver);
      // Wrapped before the rotation and stored after it, as by an engine that didn't know of it.
      await store.write((tx) => tx.jobs.insert(aJob({ id: "job_late", wrappedKey: late.wrapped }), "ada"));
      const { first, current } = await document();
      assert.equal(await one.rotation.tidy(forEver), 0);
      clock.advance(HOUR + 1);
      await one.roots.refresh();
      assert.equal(await one.rotation.tidy(forEver), 1);
      assert.deepEqual(
        (await document()).keys.map((key) => key.id),
        [first, current],
      );
      const restarted = await engine(store, clock);
      const row = await store.read.jobs.get("job_late");
      assert.equal(restarted.sealer.unwrap(row?.wrappedKey ?? new Uint8Array()).open(late.key.seal("kept", "c"), "c"), "kept");
      assert.equal(await secretOf(restarted, "a"), "value-a");
    });

    it("is learnt of by another engine of the same database", async () => {
      const [one, other] = [await engine(store, clock), await engine(store, clock)];
      await one.assets.set({ scope: "/", name: "a", kind: "secret", value: "value-a" }, root);
      await one.rotation.rotate(root, forEver);
      await assert.rejects(secretOf(other, "a"), { code: "DATABASE_UNAVAILABLE" }, "it asks for the key, and whoever waits asks again");
      await other.roots.refresh();
      assert.equal(await secretOf(other, "a"), "value-a");
      assert.deepEqual(other.sealer.currentPrefix(), one.sealer.currentPrefix());
      assert.deepEqual(other.problems, []);
    });

    it("wraps nothing with a key that wasn't compared with the database for long", async () => {
      const one = await engine(store, clock);
      clock.advance(6 * 60_000);
      assert.throws(() => one.sealer.newKey(), { code: "DATABASE_UNAVAILABLE" });
      await one.roots.refresh();
      one.sealer.newKey();
    });

    it("knows a root key that was never this store's from one that it hasn't read yet", async () => {
      const one = await engine(store, clock);
      const foreign = Buffer.concat([Buffer.of(2), Buffer.alloc(8, 7), Buffer.alloc(60)]);
      assert.throws(() => one.sealer.unwrap(foreign), { code: "DATABASE_UNAVAILABLE" });
      for (let tries = 0; tries < 500; tries++) {
        await new Promise((resolve) => setImmediate(resolve));
        try {
          one.sealer.unwrap(foreign);
        } catch (error) {
          if ((error as { code: string }).code === "MASTER_KEY_WRONG") return;
        }
        await store.read.meta.get("rootKeys");
      }
      assert.fail("it is still being looked for");
    });

    describe("with a next master key", () => {
      it("puts it in the place of the present one: from then on the next one opens the store, and the old one doesn't", async () => {
        const one = await engine(store, clock, { key: 1, next: 2 });
        const filled = await fill(one);
        const step = await one.rotation.rotate(root, forEver);
        assert.equal(step.masterKeyChanged, true);
        await assertReadable(one, filled);
        await assertReadable(await engine(store, clock, { key: 1, next: 2 }), filled);
        await assertReadable(await engine(store, clock, { key: 2 }), filled);
        const before = await store.read.meta.getAll(["rootKeys", "masterKeyCheck"]);
        await assert.rejects(engine(store, clock, { key: 1 }), { code: "MASTER_KEY_WRONG", message: /KEY_1 isn't the one.*nothing was changed/ });
        await assert.rejects(engine(store, clock, { key: 1, next: 3 }), { code: "MASTER_KEY_WRONG", message: /KEY_1, or from KEY_3,/ });
        assert.deepEqual(await store.read.meta.getAll(["rootKeys", "masterKeyCheck"]), before);
        // Once more: it is the present one already.
        assert.equal((await one.rotation.rotate(root, forEver)).masterKeyChanged, false);
      });

      it("changes it in the first step alone, so that an interruption leaves a store that opens", async () => {
        const one = await engine(store, clock, { key: 1, next: 2 });
        const filled = await fill(one);
        const interrupted = await one.rotation.rotate(root, AbortSignal.abort());
        assert.deepEqual([interrupted.done, interrupted.masterKeyChanged], [false, true]);
        const restarted = await engine(store, clock, { key: 2 });
        await assertReadable(restarted, filled);
        assert.deepEqual([(await restarted.rotation.rotate(root, forEver)).rootKey, (await document()).rotating], [interrupted.rootKey, false]);
        await assertReadable(restarted, filled);
      });

      it("is followed by another engine that knows it, and by none that doesn't, which goes on with what it has", async () => {
        const one = await engine(store, clock, { key: 1, next: 2 });
        const [knows, doesnt] = [await engine(store, clock, { key: 1, next: 2 }), await engine(store, clock, { key: 1 })];
        await one.assets.set({ scope: "/", name: "a", kind: "secret", value: "value-a" }, root);
        const sealed = doesnt.sealer.newKey();
        await one.rotation.rotate(root, forEver);
        await knows.roots.refresh();
        assert.equal(await secretOf(knows, "a"), "value-a");
        await assert.rejects(doesnt.roots.refresh(), { code: "MASTER_KEY_WRONG" });
        assert.equal(doesnt.sealer.unwrap(sealed.wrapped).open(sealed.key.seal("x", "c"), "c"), "x");
        await assert.rejects(doesnt.rotation.rotate(root, forEver), { code: "CONFLICT" });
      });

      it("changes nothing when it can't be read", async () => {
        const unlock = () => openMasterKey({ store, source: textKey(1) });
        const roots = await openRootKeys({ store, masterKey: await unlock(), unlock, monotonic: clock.monotonic, onProblem() {} });
        const before = await store.read.meta.get("rootKeys");
        for (const source of [
          { kind: "file", path: "/nowhere/next.key" } as const,
          { kind: "text", text: "short", name: "NEXT" } as const,
          { kind: "command", argv: ["false"] } as const,
        ]) {
          const rotation = createKeyRotation({ store, clock, sealer: createSealer(roots), roots, nextMasterKey: () => readNextMasterKey(source) });
          await assert.rejects(rotation.rotate(root, forEver), { code: "CONFIG_INVALID" });
        }
        assert.equal(await store.read.meta.get("rootKeys"), before);
      });
    });
  });
});
