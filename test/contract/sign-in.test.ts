import assert from "node:assert/strict";
import type { DeviceLoginRecord, TokenRecord } from "../../engine/store/records/principals.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { startPostgres } from "../support/postgres.ts";
import { AT } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const aLogin = (id: string): DeviceLoginRecord => ({
  id,
  deviceHash: `hash of ${id}`,
  userCode: `code of ${id}`,
  clientName: "a browser",
  address: "192.0.2.1",
  createdAt: AT,
  expiresAt: AT + 600_000,
  approvedBy: "tok_1",
  deniedAt: null,
  usedAt: null,
});

const aToken = (id: string, fields: Partial<TokenRecord> = {}): TokenRecord => ({
  ...{ id, principalId: "prn_1", name: id, hash: "h", role: null, scope: null, createdAt: AT, createdBy: "ada" },
  ...{ expiresAt: null, revokedAt: null, lastUsedAt: null, sessionOf: null },
  ...fields,
});

describe("records of sign-ins and sessions", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    before(async () => {
      store = await open();
      await store.write((tx) => tx.principals.insert({ id: "prn_1", kind: "user", name: "ada", createdAt: AT, disabledAt: null, grants: [] }));
    });
    after(() => store.stop());

    it("let a sign-in be used once, however many try in one transaction or in several", async () => {
      for (const id of ["dev_1", "dev_2"]) await store.write((tx) => tx.principals.insertDeviceLogin(aLogin(id)));
      const together = await Promise.all([1, 2, 3].map((n) => store.write((tx) => tx.principals.useDeviceLogin("dev_1", AT + n))));
      assert.deepEqual(together, [true, false, false]);
      assert.equal(await store.write((tx) => tx.principals.useDeviceLogin("dev_1", AT + 9)), false);
      assert.equal((await store.read.principals.deviceLoginByHash("hash of dev_1"))?.usedAt, AT + 1, "the first use stands");
      assert.equal(await store.write((tx) => tx.principals.useDeviceLogin("dev_nope", AT)), false);
      assert.equal((await store.read.principals.deviceLoginByHash("hash of dev_2"))?.usedAt, null);
    });

    it("say of a session what it was made from, and forget sessions alone when they expired long ago", async () => {
      await store.write(async (tx) => {
        await tx.principals.insertToken(aToken("tok_1", { expiresAt: AT - 10 }));
        await tx.principals.insertToken(aToken("tok_2", { sessionOf: "tok_1", expiresAt: AT - 10 }));
        await tx.principals.insertToken(aToken("tok_3", { sessionOf: "tok_1", expiresAt: AT + 10 }));
        await tx.principals.insertToken(aToken("tok_4"));
      });
      assert.equal((await store.read.principals.token("tok_2"))?.sessionOf, "tok_1");
      assert.equal((await store.read.principals.token("tok_1"))?.sessionOf, null);
      await store.write((tx) => tx.principals.deleteSessions(AT));
      assert.deepEqual(
        (await store.read.principals.tokens()).map(({ id }) => id),
        ["tok_4", "tok_3", "tok_1"],
      );
    });
  });

  it("give a sign-in to one of two engines of a database that try at the same moment", async () => {
    const postgres = await startPostgres();
    try {
      const address = await postgres.newDatabase();
      const engines = [await openStore(address), await openStore(address)];
      try {
        const ids = Array.from({ length: 20 }, (_, i) => `dev_${i}`);
        for (const id of ids) await engines[0]?.write((tx) => tx.principals.insertDeviceLogin(aLogin(id)));
        for (const id of ids) {
          const got = await Promise.all(engines.map((store) => store.write((tx) => tx.principals.useDeviceLogin(id, AT))));
          assert.deepEqual(got.toSorted(), [false, true], id);
        }
      } finally {
        for (const store of engines) await store.stop();
      }
    } finally {
      await postgres.stop();
    }
  });
});
