import assert from "node:assert/strict";
import { instantOf, notesOf, type Occurrence, outlookState, windowWords, zoneIn } from "../../../engine/dashboard/model/window-words.ts";

const occurrence = (more: Partial<Occurrence> = {}): Occurrence => ({
  ...{
    occurrence: "2026-03-29T02:30",
    planned: "2026-03-29T02:30:00",
    opensAt: "2026-03-29T03:30:00+02:00[Europe/Berlin]",
    closesAt: "2026-03-29T05:30:00+02:00[Europe/Berlin]",
  },
  ...{ isOpen: false, zones: [], without: [], frozen: null, exception: null, clashes: [] },
  ...more,
});

describe("a maintenance window in words", () => {
  it("says what holds where its document says nothing", () => {
    const words = new Map(windowWords({ cron: "0 2 * * *", timeZone: "machine", duration: "2h" }));
    assert.equal(words.get("Time zone"), "each machine's own");
    assert.equal(words.get("Open for"), "2h, of which the last 20m are kept for reboots");
    assert.equal(words.get("Machines"), "all in its scope");
    assert.equal(words.has("Approval"), false);
  });
  it("shows what isn't text as it is written", () => {
    const words = new Map(windowWords({ recurrence: { frequency: "week" }, approval: { count: 2 } }));
    assert.deepEqual([words.get("Opens"), words.get("Approval")], ['{"frequency":"week"}', '{"count":2}']);
  });
  it("tells clock changes, zones that leave it out, and windows that overlap", () => {
    const zones = [{ timeZone: "Europe/Berlin", opensAt: "", closesAt: "", machines: 1, dst: "shifted" }] as const;
    assert.deepEqual(notesOf(occurrence({ zones: [...zones], without: ["Africa/Cairo"], clashes: [{ window: "other", machines: 1 }] })), [
      "Europe/Berlin: clocks leave this time out: it opens later",
      "left out where clocks skip it: Africa/Cairo",
      "overlaps other on 1 machine",
    ]);
  });
  it("says what somebody decided before what a freeze does", () => {
    const exception = { kind: "skipped", reason: "", by: "ada" } as const;
    assert.deepEqual(
      [occurrence({ exception, frozen: "x" }), occurrence({ frozen: "x", isOpen: true }), occurrence({ isOpen: true }), occurrence()].map(outlookState),
      ["skipped", "frozen", "open", "coming"],
    );
  });
  it("takes instant and zone of a text apart", () => {
    const { opensAt } = occurrence();
    assert.deepEqual(
      [new Date(instantOf(opensAt)).toISOString(), zoneIn(opensAt), zoneIn("2026-03-29T03:30:00Z")],
      ["2026-03-29T01:30:00.000Z", "Europe/Berlin", undefined],
    );
  });
});
