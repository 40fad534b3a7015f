import assert from "node:assert/strict";
import type { ResourceRecord } from "../../engine/core/resource.ts";
import type { DeliveryRecord } from "../../engine/store/records/deliveries.ts";
import type { Store } from "../../engine/store/store.ts";
import { AT } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const aWebhook = (id: string): ResourceRecord => ({
  id,
  kind: "Webhook",
  scope: "/",
  name: `hook-${id.replaceAll("_", "-")}`,
  spec: { verify: { scheme: "none" }, runs: [] },
  revision: 1,
  createdAt: AT,
  createdBy: "ada",
  updatedAt: AT,
  updatedBy: "ada",
  authorId: "prn_1",
  author: "ada",
});

const aDelivery = (fields: Partial<DeliveryRecord> & { id: string }): DeliveryRecord => ({
  resourceId: "whk_1",
  receivedAt: AT,
  address: "192.0.2.1",
  status: "started",
  reason: "",
  nonce: null,
  sameAs: null,
  givenKey: null,
  jobIds: [],
  replayOf: null,
  wrappedKey: new Uint8Array([1]),
  content: new Uint8Array([2]),
  ...fields,
});

describe("records of webhooks", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    before(async () => {
      store = await open();
      for (const id of ["whk_1", "whk_2"]) await store.write((tx) => tx.resources.insert(aWebhook(id), []));
    });
    after(() => store.stop());

    const insert = (fields: Partial<DeliveryRecord> & { id: string }) => store.write((tx) => tx.deliveries.insert(aDelivery(fields)));

    it("find a token's webhook by its hash, and forget tokens with it", async () => {
      await store.write((tx) => tx.resources.insert(aWebhook("whk_9"), []));
      await store.write((tx) => tx.webhookTokens.insert({ hash: "h9", resourceId: "whk_9", createdAt: AT, createdBy: "ada", endsAt: null }));
      const found = await store.read.webhookTokens.find("h9");
      assert.deepEqual([found?.resource, found?.endsAt, found?.hash], [aWebhook("whk_9"), null, "h9"]);
      assert.equal(await store.read.webhookTokens.find("h8"), undefined);
      await store.write((tx) => tx.resources.delete("whk_9"));
      assert.equal(await store.read.webhookTokens.find("h9"), undefined);
    });

    it("end the tokens of one webhook, never later than they would have ended", async () => {
      const token = (hash: string, resourceId: string, endsAt: number | null) =>
        store.write((tx) => tx.webhookTokens.insert({ hash, resourceId, createdAt: AT, createdBy: "ada", endsAt }));
      await token("early", "whk_1", AT + 5);
      await token("open", "whk_1", null);
      await token("late", "whk_1", AT + 99);
      await token("gone", "whk_1", AT - 1);
      await token("other", "whk_2", null);
      await store.write((tx) => tx.webhookTokens.end("whk_1", { at: AT + 10, now: AT }));
      const left = await store.read.webhookTokens.of(["whk_1", "whk_2"]);
      assert.deepEqual(Object.fromEntries(left.map(({ hash, endsAt }) => [hash, endsAt])), { early: AT + 5, open: AT + 10, late: AT + 10, other: null });
    });

    it("take a delivery once: by what it is the same as, and by its nonce, of each webhook", async () => {
      assert.equal(await insert({ id: "dlv_1", sameAs: "key a", jobIds: ["job_1"] }), true);
      assert.equal(await insert({ id: "dlv_2", sameAs: "key a" }), false);
      assert.equal(await insert({ id: "dlv_2", sameAs: "key a", resourceId: "whk_2" }), true);
      assert.equal(await insert({ id: "dlv_3", nonce: "n", sameAs: "key b", givenKey: "b" }), true);
      assert.equal(await insert({ id: "dlv_4", nonce: "n", sameAs: "key c" }), false);
      assert.deepEqual((await store.read.deliveries.same("whk_1", "key a"))?.jobIds, ["job_1"]);
      assert.deepEqual((await store.read.deliveries.byNonce("whk_1", "n"))?.givenKey, "b");
      assert.equal(await store.read.deliveries.byNonce("whk_2", "n"), undefined);
    });

    it("take any number of deliveries that say nothing of themselves, and reasons with NUL", async () => {
      assert.equal(await insert({ id: "dlv_5", reason: "a\0b" }), true);
      assert.equal(await insert({ id: "dlv_6" }), true);
      assert.equal((await store.read.deliveries.get("dlv_5"))?.reason, "a\ufffdb");
    });

    it("undo what a writer inserted that then failed, and take the same delivery afterwards", async () => {
      await assert.rejects(
        store.write(async (tx) => {
          await tx.deliveries.insert(aDelivery({ id: "dlv_7", sameAs: "key failing" }));
          throw new Error("no job");
        }),
        /no job/,
      );
      assert.equal(await insert({ id: "dlv_8", sameAs: "key failing" }), true);
    });

    it("give one of many writers of the same moment the delivery", async () => {
      const done = await Promise.all(Array.from({ length: 20 }, (_, i) => insert({ id: `dlv_race_${i}`, sameAs: "key race" })));
      assert.deepEqual(done.filter(Boolean).length, 1);
    });

    it("keep the newest of those that started nothing, all that started, and go when they are old", async () => {
      for (let i = 0; i < 6; i++) await insert({ id: `dlv_t${i}`, resourceId: "whk_t", status: i % 2 === 0 ? "refused" : "filtered", receivedAt: AT + i });
      await insert({ id: "dlv_t0_started", resourceId: "whk_t", receivedAt: AT });
      assert.equal(await store.write((tx) => tx.deliveries.trim("whk_t", 4)), 2);
      const left = async () => (await store.read.deliveries.list("whk_t", { limit: 100 })).map(({ id }) => id);
      assert.deepEqual(await left(), ["dlv_t5", "dlv_t4", "dlv_t3", "dlv_t2", "dlv_t0_started"]);
      assert.deepEqual(
        (await store.read.deliveries.list("whk_t", { limit: 1, before: "dlv_t5", statuses: ["filtered"] })).map(({ id }) => id),
        ["dlv_t3"],
      );
      while ((await store.write((tx) => tx.deliveries.purge(AT + 4, 2))) > 0);
      assert.deepEqual(await left(), ["dlv_t5", "dlv_t4"]);
    });
  });
});
