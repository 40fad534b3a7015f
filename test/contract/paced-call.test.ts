import assert from "node:assert/strict";
import { createPacedCall } from "../../engine/store/paced-call.ts";
import { eventually } from "../support/eventually.ts";

describe("a paced call", () => {
  it("is heard at once, and of all that follows soon once more", async () => {
    const paced = createPacedCall(20);
    let heard = 0;
    paced.listen(() => {
      throw new Error("one that fails");
    });
    paced.listen(() => heard++);
    paced.call();
    assert.equal(heard, 1);
    for (let n = 0; n < 1_000; n++) paced.call();
    assert.equal(heard, 1);
    await eventually("the one more", () => heard === 2);
    paced.call();
    await eventually("what has rung since", () => heard === 3);
    paced.call();
    paced.stop();
    paced.call();
    assert.equal(heard, 3);
  });
});
