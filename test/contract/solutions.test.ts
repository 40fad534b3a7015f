import assert from "node:assert/strict";
import type { SolutionRecord } from "../../engine/store/records/solutions.ts";
import type { Store } from "../../engine/store/store.ts";
import { withEachStore } from "./stores.ts";

const aSolution = (fields: Partial<SolutionRecord> = {}): SolutionRecord => ({
  ...{ id: "sol_1", name: "cleaning", scope: "/team", version: "1.0.0", summary: "Cleans" },
  members: [{ kind: "Schedule", name: "nightly", scope: "/team", digest: "d1" }],
  ...{ revision: 1, createdAt: 1, createdBy: "ada", updatedAt: 1, updatedBy: "ada" },
  ...fields,
});

describe("records of solutions", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    it("are kept by name, replaced, listed by scope, and forgotten; they are no resources that somebody writes", async () => {
      const { solutions, resources } = store.read;
      await store.write(async (tx) => {
        await tx.solutions.put(aSolution());
        await tx.solutions.put(aSolution({ id: "sol_2", name: "other", scope: "/elsewhere" }));
      });
      assert.deepEqual(await solutions.byName("cleaning"), aSolution());
      const second = aSolution({ version: "2.0.0", members: [], revision: 2, updatedAt: 2, updatedBy: "bob" });
      await store.write((tx) => tx.solutions.put(second));
      assert.deepEqual(await solutions.list(["/team"]), [second]);
      assert.deepEqual(
        (await solutions.list(["/"])).map(({ name }) => name),
        ["cleaning", "other"],
      );
      assert.deepEqual(await solutions.list([]), []);
      assert.deepEqual(await resources.list({ kind: "Schedule", scopes: ["/"], limit: 10 }), []);
      await store.write((tx) => tx.solutions.delete("sol_1"));
      assert.equal(await solutions.byName("cleaning"), undefined);
    });

    it("of one name are there once", async () => {
      await store.write((tx) => tx.solutions.put(aSolution()));
      await assert.rejects(store.write((tx) => tx.solutions.put(aSolution({ id: "sol_2" }))));
      assert.equal((await store.read.solutions.list(["/"])).length, 1);
    });
  });
});
