import assert from "node:assert/strict";
import { createPulse } from "../../../extension/model/pulse.ts";
import { handTimers } from "./timers.ts";

function world(options: { evenUnseen?: () => boolean } = {}) {
  const timers = handTimers();
  const pulse = createPulse(timers);
  const beats: number[] = [];
  let held: Promise<void> | undefined;
  const beat = pulse.add({
    everyMs: 1_000,
    ...options,
    async beat() {
      beats.push(timers.now());
      await held;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const hold = (until: Promise<void>) => {
    held = until;
  };
  return { timers, pulse, beats, beat, settle, hold };
}

describe("what is seen is read again", () => {
  it("as long as it is seen", async () => {
    const { timers, beats, beat } = world();
    await timers.advance(5_000);
    assert.deepEqual(beats, []);
    beat.setVisible(true);
    await timers.advance(2_000);
    assert.deepEqual(beats, [6_000, 7_000]);
    beat.setVisible(false);
    await timers.advance(10_000);
    assert.equal(beats.length, 2);
  });

  it("more seldom in a window in the background, and unseen only where something shows elsewhere", async () => {
    const { timers, beats, beat, pulse } = world({ evenUnseen: () => true });
    await timers.advance(4_000);
    assert.deepEqual(beats, [1_000, 4_000]);
    beat.setVisible(true);
    pulse.setFocused(false);
    await timers.advance(10_000);
    assert.deepEqual(beats, [1_000, 4_000, 14_000]);
  });

  it("never twice at once: a slow engine is waited for", async () => {
    const { timers, beats, beat, hold, settle, pulse } = world();
    const slow = Promise.withResolvers<void>();
    hold(slow.promise);
    beat.setVisible(true);
    await timers.advance(5_000);
    pulse.beatNow();
    await timers.advance(5_000);
    assert.deepEqual(beats, [1_000]);
    slow.resolve();
    await settle();
    await timers.advance(1_000);
    assert.equal(beats.length, 2);
  });

  it("at once when something has happened, and not at all after the end", async () => {
    const { timers, beats, beat, pulse } = world();
    beat.setVisible(true);
    pulse.beatNow();
    await timers.advance(0);
    assert.deepEqual(beats, [0]);
    pulse.stop();
    await timers.advance(60_000);
    assert.equal(timers.waiting(), 0);
    assert.equal(beats.length, 1);
  });

  it("unseen only while there is a reason", async () => {
    let isConnected = false;
    const { timers, beats } = world({ evenUnseen: () => isConnected });
    await timers.advance(10_000);
    assert.deepEqual(beats, []);
    isConnected = true;
    await timers.advance(3_000);
    assert.equal(beats.length, 1);
  });
});
