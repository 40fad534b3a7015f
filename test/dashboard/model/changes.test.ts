import assert from "node:assert/strict";
import { placeOfTarget, toldBy, valueText } from "../../../engine/dashboard/model/changes.ts";

describe("details of an entry of the activity log", () => {
  it("tell members before and after, without those that are the same", () => {
    const { changes, others } = toldBy({ from: { role: "web", env: "prod", gone: "x" }, to: { role: "db", env: "prod", owner: "a" }, job: "job_1" });
    assert.deepEqual(changes, [
      { name: "role", from: "web", to: "db" },
      { name: "gone", from: "x", to: undefined },
      { name: "owner", from: undefined, to: "a" },
    ]);
    assert.deepEqual(others, [["job", "job_1"]]);
  });
  it("tell a value as a whole where it has no members", () => {
    assert.deepEqual(toldBy({ from: "web-1", to: "web-2" }).changes, [{ name: "", from: "web-1", to: "web-2" }]);
    assert.deepEqual(toldBy({ from: [1], to: [2] }).changes, [{ name: "", from: [1], to: [2] }]);
  });
  it("tell `from` alone as what it is", () => {
    assert.deepEqual(toldBy({ version: 3, from: 1 }), {
      changes: [],
      others: [
        ["version", 3],
        ["from", 1],
      ],
    });
  });
  it("may be anything, or absent", () => {
    assert.deepEqual(toldBy(undefined), { changes: [], others: [] });
    assert.deepEqual(toldBy("text"), { changes: [], others: [["details", "text"]] });
    const hostile = JSON.parse('{"from": {"__proto__": 1, "constructor": 2}, "to": {"toString": 3}}');
    assert.deepEqual(
      toldBy(hostile).changes.map(({ name, from, to }) => [name, from, to]),
      [
        ["__proto__", 1, undefined],
        ["constructor", 2, undefined],
        ["toString", undefined, 3],
      ],
    );
  });
  it("are written on one line where they have no parts", () => {
    assert.deepEqual(
      [valueText("a"), valueText(1), valueText(null), valueText(undefined), valueText({ a: [1] })],
      ["a", "1", "null", "–", '{\n "a": [\n  1\n ]\n}'],
    );
  });
});

describe("targets of entries", () => {
  const PLACES: readonly (readonly [target: string, place: string | undefined])[] = [
    ["machine:web-1", "/machines/web-1"],
    ["runbook:a/b?c", "/runbooks/a%2Fb%3Fc"],
    ["MaintenanceWindow:nightly", "/windows/nightly"],
    ["secret:token", "/assets?asset=token"],
    ["token:tok_1", undefined],
    ["__proto__:x", undefined],
    ["constructor:x", undefined],
    ["machine:", undefined],
    ["", undefined],
  ];
  for (const [target, place] of PLACES)
    it(`"${target}" is shown ${place === undefined ? "nowhere" : `at ${place}`}`, () => assert.equal(placeOfTarget(target), place));
});
