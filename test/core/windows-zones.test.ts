import assert from "node:assert/strict";
import { WINDOWS_ZONES, zoneOfWindows } from "../../engine/core/schedule/windows-zones.ts";
import { zoneProblem } from "../../engine/core/schedule/zone.ts";

describe("time zones of Windows", () => {
  it("have a zone each that schedules take", () => {
    assert.ok(WINDOWS_ZONES.length >= 139);
    for (const name of WINDOWS_ZONES) assert.equal(zoneProblem(zoneOfWindows(name)), undefined, name);
  });

  it("are found whatever their letter case", () => {
    assert.equal(zoneOfWindows("w. europe STANDARD time"), "Europe/Berlin");
    assert.equal(zoneOfWindows("Europe/Berlin"), undefined);
  });
});
