import assert from "node:assert/strict";
import { createLiveTexts } from "../../../extension/model/documents/live-texts.ts";
import type { Events } from "../../../extension/model/events.ts";
import { handTimers } from "./timers.ts";

type Listener = Parameters<Events["follow"]>[2];

/** Texts of jobs whose engine is out of reach: what comes is said by the test. */
function texts() {
  const timers = handTimers();
  const listeners: Listener[] = [];
  const told: string[] = [];
  const follow: Events["follow"] = (_id, _after, listener) => {
    listeners.push(listener);
    return () => {};
  };
  const live = createLiveTexts({
    client: async () => undefined,
    events: { follow } as Events,
    timers,
    onChange: (id) => told.push(id),
  });
  const comes = (message: string) =>
    listeners.at(-1)?.onEntries([{ seq: listeners.length, at: "2026-01-01T12:03:04.120Z", kind: "log", level: "info", message }]);
  return { live, timers, told, comes };
}

describe("the output of a job while somebody reads it", () => {
  it("is told again when its document is there: nobody heard of what came before that", async () => {
    const { live, timers, told, comes } = texts();
    assert.match(live.text("job_1"), /loading/);
    comes("Hello, Ada");
    await timers.advance(1_000);
    assert.deepEqual(told, ["job_1"], "to an editor that doesn't have the document yet");
    live.opened("job_1");
    await timers.advance(1_000);
    assert.deepEqual(told, ["job_1", "job_1"]);
    assert.match(live.text("job_1"), /Hello, Ada/);
  });

  it("isn't told again when nothing came since it was read", async () => {
    const { live, timers, told, comes } = texts();
    live.text("job_1");
    live.opened("job_1");
    comes("Hello, Ada");
    await timers.advance(1_000);
    live.text("job_1");
    live.opened("job_1");
    await timers.advance(1_000);
    assert.deepEqual(told, ["job_1"]);
  });
});
