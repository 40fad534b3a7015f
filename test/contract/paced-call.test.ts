import assert from "node:assert/strict";
import { createBell } from "../../engine/store/bell.ts";
import { eventually } from "../support/eventually.ts";

describe("a bell", () => {
  it("is heard at once, and of all that follows soon once more", async () => {
    const bell = createBell(20);
    let heard = 0;
    bell.listen(() => heard++);
    bell.ring();
    assert.equal(heard, 1);
    for (let n = 0; n < 1_000; n++) bell.ring();
    assert.equal(heard, 1);
    await eventually("the one more", () => heard === 2);
    bell.ring();
    await eventually("what has rung since", () => heard === 3);
    bell.ring();
    bell.stop();
    bell.ring();
    assert.equal(heard, 3);
  });
});
