import assert from "node:assert/strict";
import { randomBytesOf } from "../../engine/protocol/random.ts";

describe("random bytes from the store of them", () => {
  it("are given out once, as many as were asked for, across its refilling", () => {
    const seen = new Set<string>();
    const sizes = [32, 12, 32, 16, 4_096, 1_000];
    for (let n = 0; n < 3_000; n++) {
      const size = sizes[n % sizes.length] ?? 0;
      const bytes = randomBytesOf(size);
      assert.equal(bytes.length, size);
      seen.add(bytes.toString("hex").slice(0, 24));
    }
    assert.equal(seen.size, 3_000);
    assert.ok(![...seen].some((text) => /^0+$/.test(text)));
  });

  it("aren't shared with who asks next", () => {
    const first = randomBytesOf(32);
    const before = first.toString("hex");
    randomBytesOf(32).fill(0);
    for (let n = 0; n < 200; n++) randomBytesOf(100);
    assert.equal(first.toString("hex"), before);
  });

  it("can't be more than the store holds", () => {
    assert.throws(() => randomBytesOf(4_097), RangeError);
  });
});
