import assert from "node:assert/strict";
import { openStore } from "../../engine/store/store.ts";

describe("a store in this process", function () {
  this.timeout(30_000);
  it("lets timers and sockets have their turn while someone writes again and again", async () => {
    const store = await openStore("memory:");
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 100; i++) await store.write((tx) => tx.timers.delete("none"));
    isOver = true;
    await store.stop();
    assert.ok(turns >= 50, `${turns} turns within 100 transactions`);
  });
});
