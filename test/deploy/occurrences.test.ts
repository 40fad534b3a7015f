import assert from "node:assert/strict";
import { cursorBefore, windowOccurrences } from "../../engine/core/deploy/occurrences.ts";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import { timesOf } from "../../engine/core/deploy/window.ts";
import { windowPreview } from "../../engine/core/deploy/window-preview.ts";

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const text = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString({ smallestUnit: "minute" });

function coming(spec: MaintenanceWindowSpec, from: string, count: number, zones: readonly string[] = []) {
  return [...windowOccurrences(timesOf(spec), { after: cursorBefore(spec, at(from)), zones }).take(count)];
}

describe("occurrences of a window", () => {
  it("are open over midnight for as long as it says", () => {
    const [one] = coming({ cron: "45 23 * * *", timeZone: "Europe/Berlin", duration: "45m" }, "2026-11-26T12:00:00Z", 1);
    assert.deepEqual(
      [one?.key, one && text(one.opensAt), one && text(one.closesAt)],
      ["2026-11-26T23:45:00+01:00[Europe/Berlin]", "2026-11-26T22:45Z", "2026-11-26T23:30Z"],
    );
  });

  it("have different keys when clocks show the same time twice", () => {
    const both = coming(
      { cron: "30 2 * * *", timeZone: "Europe/Berlin", duration: "30m", rebootReserve: "5m", dst: { repeat: "both" } },
      "2026-10-25T00:00:00Z",
      2,
    );
    assert.deepEqual(
      both.map(({ key, zones }) => [key, zones[0]?.dst]),
      [
        ["2026-10-25T02:30:00+02:00[Europe/Berlin]", "first"],
        ["2026-10-25T02:30:00+01:00[Europe/Berlin]", "second"],
      ],
    );
  });

  it("open later when clocks leave their time out, and not at all when it says so", () => {
    const spec: MaintenanceWindowSpec = { cron: "30 2 * * *", timeZone: "Europe/Berlin", duration: "1h" };
    assert.deepEqual(
      coming(spec, "2026-03-28T12:00:00Z", 1).map(({ key, planned }) => [key, planned]),
      [["2026-03-29T03:30:00+02:00[Europe/Berlin]", "2026-03-29T02:30:00"]],
    );
    assert.equal(coming({ ...spec, dst: { gap: "skip" } }, "2026-03-28T12:00:00Z", 1)[0]?.planned, "2026-03-30T02:30:00");
  });

  it("follow the sun: one occurrence opens once in each zone, at the same wall time", () => {
    const sun: MaintenanceWindowSpec = { cron: "0 2 * * *", timeZone: "machine", duration: "1h" };
    const [one] = coming(sun, "2026-11-26T12:00:00Z", 9, ["America/New_York", "Asia/Tokyo", "Europe/Berlin"]).filter(
      ({ planned }) => planned === "2026-11-27T02:00:00",
    );
    assert.equal(one?.key, "2026-11-27T02:00:00 machine");
    assert.deepEqual(
      one?.zones.map(({ timeZone, window }) => [timeZone, text(window.opensAt)]),
      [
        ["America/New_York", "2026-11-27T07:00Z"],
        ["Asia/Tokyo", "2026-11-26T17:00Z"],
        ["Europe/Berlin", "2026-11-27T01:00Z"],
      ],
    );
    assert.deepEqual([one && text(one.opensAt), one && text(one.closesAt)], ["2026-11-26T17:00Z", "2026-11-27T08:00Z"]);
  });

  it("leave a zone out whose clocks skip their time, and keep the others", () => {
    const sun: MaintenanceWindowSpec = { cron: "30 2 * * *", timeZone: "machine", duration: "1h", dst: { gap: "skip" } };
    const one = coming(sun, "2026-03-28T00:00:00Z", 9, ["Asia/Tokyo", "Europe/Berlin"]).find(({ planned }) => planned === "2026-03-29T02:30:00");
    assert.deepEqual([one?.zones.map(({ timeZone }) => timeZone), one?.without], [["Asia/Tokyo"], ["Europe/Berlin"]]);
  });

  it("miss none that opens anywhere on earth after a moment", () => {
    const sun: MaintenanceWindowSpec = { cron: "0 2 * * *", timeZone: "machine", duration: "1h" };
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]) {
      const now = at("2026-11-26T12:00:00Z");
      const [next] = coming(sun, "2026-11-26T12:00:00Z", 5, [zone]).filter(({ opensAt }) => opensAt > now);
      assert.ok(next && next.opensAt - now <= 24 * 3_600_000, `${zone}: ${next?.key}`);
    }
  });
});

describe("the preview of a window", () => {
  const spec: MaintenanceWindowSpec = { cron: "30 2 * * *", timeZone: "Europe/Berlin", duration: "2h" };
  const nothing: Parameters<typeof windowPreview>[2] = { freezes: [], others: [], exceptions: [] };
  const preview = (around: Partial<typeof nothing> & object, from = "2026-03-28T12:00:00Z", count = 2) =>
    windowPreview({ scope: "/", spec, machineZones: ["Europe/Berlin", ""] }, { from: at(from), count }, { ...nothing, ...around });

  it("tells what clocks do, and shows the one that is open", () => {
    const [shifted] = preview({});
    assert.deepEqual([shifted?.opensAt, shifted?.zones[0]?.dst, shifted?.zones[0]?.machines], ["2026-03-29T03:30:00+02:00[Europe/Berlin]", "shifted", 2]);
    const [open, next] = preview({}, "2026-03-29T02:00:00Z");
    assert.deepEqual([open?.isOpen, open?.planned, next?.isOpen], [true, "2026-03-29T02:30:00", false]);
  });

  it("tells freezes that hold all of it, and not those that end within it", () => {
    const freeze = (to: string) => ({ name: "books", scope: "/", spec: { timeZone: "UTC", reason: "closing", periods: [{ from: "2026-03-28T00:00", to }] } });
    assert.match(String(preview({ freezes: [freeze("2026-03-29T03:30")] })[0]?.frozen), /the freeze books holds it back until .*closing/);
    assert.equal(preview({ freezes: [freeze("2026-03-29T03:00")] })[0]?.frozen, null);
    const twoInARow = [
      freeze("2026-03-29T02:30"),
      { ...freeze(""), name: "more", spec: { ...freeze("").spec, periods: [{ from: "2026-03-29T02:00", to: "2026-03-30T00:00" }] } },
    ];
    assert.match(String(preview({ freezes: twoInARow })[0]?.frozen), /books|more/);
  });

  it("tells exceptions and clashes, for machines that both windows have", () => {
    const exceptions = [{ occurrence: "2026-03-29T03:30:00+02:00[Europe/Berlin]", kind: "skipped" as const, reason: "audit", by: "ada" }];
    const others = [
      { name: "overlaps", spec: { cron: "0 5 * * *", timeZone: "Europe/Berlin", duration: "1h" }, shared: 2, zones: ["Europe/Berlin"] },
      { name: "later", spec: { cron: "0 9 * * *", timeZone: "Europe/Berlin", duration: "1h" }, shared: 2, zones: ["Europe/Berlin"] },
      { name: "around", spec: { cron: "0 0 * * *", timeZone: "machine", duration: "12h" }, shared: 1, zones: ["Europe/Berlin"] },
    ];
    const [first, second] = preview({ exceptions, others });
    assert.deepEqual(first?.exception, { kind: "skipped", reason: "audit", by: "ada" });
    assert.deepEqual(
      first?.clashes.map(({ window }) => window),
      ["overlaps", "around"],
    );
    assert.equal(second?.exception, null);
    assert.deepEqual(
      second?.clashes.map(({ window }) => window),
      ["around"],
      "an ordinary night closes at 04:30",
    );
  });
});
