import assert from "node:assert/strict";
import { createCertificateWatch } from "../../engine/access/certificate-watch.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { testClock } from "../support/clock.ts";

const EXPIRY = Date.parse("2026-03-31T12:00:00Z");

describe("certificates that expire", () => {
  const clock = testClock("2026-01-15T12:00:00Z");
  let store: Store;
  before(async () => {
    store = await openStore("memory:");
    const asset = { scope: "/team", type: null, encrypted: false, createdAt: 0, createdBy: "ada", updatedAt: 0, updatedBy: "ada", deletedAt: null };
    await store.write(async (tx) => {
      await tx.assets.insert({ ...asset, id: "ast_1", name: "web", kind: "certificate", version: 2, subject: "CN=web", notAfter: EXPIRY });
      await tx.assets.insert({
        ...asset,
        id: "ast_2",
        name: "old",
        kind: "certificate",
        version: 1,
        subject: null,
        notAfter: Date.parse("2030-01-01T00:00:00Z"),
      });
    });
  });
  after(() => store.stop());

  it("are told to rules of their scope 30, 7 and 1 days before, and when it is over; each once, however often it is looked", async () => {
    const watch = createCertificateWatch({ store, clock });
    const told: string[] = [];
    for (let day = 0; day < 90; day++) {
      clock.advance({ days: 1 });
      await Promise.all([watch.tick(), watch.tick()]);
      for (const { id, scope, document, at } of await store.read.happenings.open(10)) {
        const { name, daysLeft } = document.certificate as { name: string; daysLeft: number };
        told.push(`${new Date(at).toISOString().slice(0, 10)} ${scope} ${name} ${daysLeft}`);
        await store.write((tx) => tx.happenings.take(id, at));
      }
    }
    assert.deepEqual(told, ["2026-03-01 /team web 30", "2026-03-24 /team web 7", "2026-03-30 /team web 1", "2026-03-31 /team web 0"]);
  });
});
