import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { checkSchedule, occurrences } from "../../engine/schedule.ts";

const found = (schedule: unknown) => checkSchedule(schedule).map(({ path, message }) => `${path}: ${message}`);
const cron = (expression: unknown) => found({ cron: expression, timeZone: "UTC" });
const recurrence = (value: unknown) => found({ recurrence: value, timeZone: "UTC" });

/** Exactly one problem, at the path, that says so. */
function assertOne(problems: string[], path: string, says: RegExp): void {
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.ok(problems[0]?.startsWith(`${path}: `), String(problems[0]));
  assert.match(String(problems[0]), says);
}

describe("checking a schedule", () => {
  it("finds nothing wrong with a right one", () => {
    const frame = { timeZone: "europe/berlin", startAt: "2026-01-01", expiresAt: "2027-01-01T00:00Z", dst: { gap: "skip", repeat: "both" } };
    assert.deepEqual(found({ ...frame, cron: "0 2 LW * *" }), []);
    assert.deepEqual(
      found({ ...frame, recurrence: { frequency: "monthly", weekdays: [{ nth: 2, weekday: "tuesday" }], offsetDays: 2, times: ["22:00"] } }),
      [],
    );
    assert.deepEqual(found({ recurrence: { frequency: "once", at: "1999-01-01T00:00" }, timeZone: "UTC" }), []);
    assert.deepEqual(found({ cron: "@daily", timeZone: "UTC", expiresAt: "1999-01-01" }), []);
  });

  it("tells all problems at once, each with its path", () => {
    const problems = checkSchedule({
      recurrence: { frequency: "weekly", every: 0, weekdays: ["monday", "thurday"], times: ["25:00"], at: "x" },
      timeZone: "Europe/Berln",
      expires: "2026-01-01",
      dst: { gap: "shfit" },
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["/expires", "/timeZone", "/dst/gap", "/recurrence/at", "/recurrence/every", "/recurrence/times/0", "/recurrence/weekdays/1"],
    );
    assert.match(problems.map(({ message }) => message).join("; "), /"expiresAt".*"Europe\/Berlin".*"shift".*"thursday"/);
  });

  it("tells unknown zones, and offsets, which are none", () => {
    for (const timeZone of ["Mars/Olympus", "Europe/Berlin ", "", undefined, 1, "2026-01-01T00:00Z[UTC]"])
      assertOne(found({ cron: "@daily", timeZone }), "/timeZone", /time zone|timeZone/);
    assertOne(found({ cron: "@daily", timeZone: "+02:00" }), "/timeZone", /offset/);
  });

  const expressions: [expression: unknown, says: RegExp][] = [
    ["0 0 31 2 *", /never fires/],
    ["0 0 30 2 *", /never fires/],
    ["0 0 31 4,6,9,11 *", /never fires/],
    ["0 0 L-29 2 *", /never fires/],
    ["* * * * * *", /more than once a minute/],
    ["*/30 0 * * * *", /more than once a minute/],
    ["0,30 0 0 * * *", /more than once a minute/],
    ["* * * *", /five fields.*has 4/],
    ["", /five fields.*has 0/],
    ["0 0 0 1 1 * 2027", /years/],
    ["60 * * * *", /minute field holds "60".*0 to 59/],
    ["0 24 * * *", /hour field.*0 to 23/],
    ["0 0 0 * *", /day of month field.*1 to 31/],
    ["0 0 32 * *", /day of month field.*1 to 31/],
    ["0 0 * 13 *", /month field.*1 to 12/],
    ["0 0 * * 8", /day of week field.*0 to 7/],
    ["0 0 * * MOO", /"MOO" isn't known.*"MON"/],
    ["0 0 * JNA *", /"JNA" isn't known.*"JAN"/],
    ["*/90 * * * *", /step of 90 is longer/],
    ["*/0 * * * *", /minute field/],
    ["0 22-2 * * *", /22-23,0-2/],
    ["1,,2 * * * *", /comma/],
    ["1-2-3 * * * *", /minute field/],
    ["? * * * *", /\? is for/],
    ["H * * * *", /"H" is no number/],
    ["0 0 W * *", /written L, L-3/],
    ["0 0 0W * *", /no month/],
    ["0 0 1-5W * *", /written L, L-3/],
    ["0 0 L-31 * *", /no month/],
    ["0 0 * * L", /dialects/],
    ["0 0 * * 5#6", /first to a fifth/],
    ["0 0 * * 5#", /written 5#3/],
    ["0 0 * * 1-5#2", /written 5#3/],
    ["@dayly", /"@daily"/],
    ["@reboot", /isn't known/],
    ["@every 5m", /isn't known/],
    ["0 0 * * ✂", /character/],
    [`${"0,".repeat(400)}0 * * * *`, /at most 500/],
    [42, /a text/],
    [null, /a text/],
  ];
  for (const [expression, says] of expressions) it(`refuses ${JSON.stringify(expression)?.slice(0, 40)}`, () => assertOne(cron(expression), "/cron", says));

  it("tells a wrong value in each field of an expression", () => assert.equal(cron("60 24 0 * *").length, 3));

  it("refuses expressions of any text without failing", () => {
    for (const text of [
      "__proto__ * * * *",
      "constructor",
      "@constructor",
      "0 0 * * *\u0000",
      "-1 * * * *",
      "1e1 * * * *",
      "0x1 * * * *",
      "+1 * * * *",
      "1.5 * * * *",
    ])
      assert.ok(cron(text).length > 0, text);
  });

  const recurrences: [value: unknown, path: string, says: RegExp][] = [
    ["daily", "/recurrence", /an object/],
    [{}, "/recurrence/frequency", /known are once, hourly/],
    [{ frequency: "dayly" }, "/recurrence/frequency", /"daily"/],
    [{ frequency: "toString" }, "/recurrence/frequency", /isn't known/],
    [{ frequency: "once" }, "/recurrence/at", /wall time/],
    [{ frequency: "once", at: "2026-02-30T00:00" }, "/recurrence/at", /wall time/],
    [{ frequency: "hourly", every: 1.5 }, "/recurrence/every", /whole number/],
    [{ frequency: "hourly", times: ["00:00"] }, "/recurrence/times", /isn't known/],
    [{ frequency: "daily" }, "/recurrence/times", /list of times/],
    [{ frequency: "daily", times: [] }, "/recurrence/times", /list of times/],
    [{ frequency: "daily", times: ["2:30"] }, "/recurrence/times/0", /time of day/],
    [{ frequency: "daily", times: ["02:30:15"] }, "/recurrence/times/0", /time of day/],
    [{ frequency: "weekly", times: ["02:30"] }, "/recurrence/weekdays", /list of weekdays/],
    [{ frequency: "monthly", times: ["02:30"] }, "/recurrence", /either days/],
    [{ frequency: "monthly", times: ["02:30"], days: [1], weekdays: [] }, "/recurrence", /either days/],
    [{ frequency: "monthly", times: ["02:30"], days: [32] }, "/recurrence/days/0", /1 to 31/],
    [{ frequency: "monthly", times: ["02:30"], days: ["lst"] }, "/recurrence/days/0", /"last"/],
    [{ frequency: "monthly", times: ["02:30"], days: [1], offsetDays: 32 }, "/recurrence/offsetDays", /-31 to 31/],
    [{ frequency: "monthly", times: ["02:30"], weekdays: ["tuesday"] }, "/recurrence/weekdays/0", /an object/],
    [{ frequency: "monthly", times: ["02:30"], weekdays: [{ nth: 6, weekday: "tuesday" }] }, "/recurrence/weekdays/0/nth", /1 to 5/],
    [{ frequency: "monthly", times: ["02:30"], weekdays: [{ nth: 1, weekday: "tusday" }] }, "/recurrence/weekdays/0/weekday", /"tuesday"/],
    [{ frequency: "monthly", times: ["02:30"], weekdays: [{ nth: 1, weekday: "monday", day: 1 }] }, "/recurrence/weekdays/0/day", /isn't known/],
  ];
  for (const [value, path, says] of recurrences) it(`refuses ${JSON.stringify(value)}`, () => assertOne(recurrence(value), path, says));

  it("refuses a monthly rule that none of its months can satisfy", () => {
    const schedule = { recurrence: { frequency: "monthly", every: 12, days: [30], times: ["02:30"] }, timeZone: "UTC", startAt: "2026-02-01" };
    assertOne(found(schedule), "/recurrence", /never fires/);
  });

  it("refuses bounds that can't be read, that are the wrong way round, or between which nothing lies", () => {
    const daily = { cron: "@daily", timeZone: "UTC" };
    assertOne(found({ ...daily, startAt: "soon" }), "/startAt", /instant/);
    assertOne(found({ ...daily, expiresAt: 5 }), "/expiresAt", /instant/);
    assertOne(found({ ...daily, startAt: "2026-01-02", expiresAt: "2026-01-01" }), "/expiresAt", /later than startAt/);
    assertOne(found({ ...daily, startAt: "2026-01-02", expiresAt: "2026-01-02" }), "/expiresAt", /later than startAt/);
    assertOne(found({ ...daily, startAt: "2026-01-02T01:00", expiresAt: "2026-01-02T23:00" }), "/cron", /never fires/);
    assertOne(found({ recurrence: { frequency: "once", at: "2026-01-01T00:00" }, timeZone: "UTC", startAt: "2026-01-02" }), "/recurrence", /never fires/);
    assertOne(
      found({ recurrence: { frequency: "once", at: "2026-03-29T02:30" }, timeZone: "Europe/Berlin", dst: { gap: "skip" } }),
      "/recurrence",
      /never fires.*clock changes/,
    );
  });

  it("asks for exactly one rule", () => {
    assertOne(found({ timeZone: "UTC" }), "", /either a cron expression or a recurrence/);
    assertOne(found({ timeZone: "UTC", cron: "@daily", recurrence: { frequency: "hourly" } }), "", /either a cron expression or a recurrence/);
    for (const value of [undefined, null, "@daily", []]) assertOne(found(value), "", /an object/);
  });
});

describe("the package", () => {
  it("offers the evaluator as runwright/schedule", async () => {
    const library = await import("runwright/schedule");
    assert.deepEqual(Object.keys(library).sort(), ["checkSchedule", "occurrences", "preview"]);
  });
});

describe("occurrences of a wrong schedule", () => {
  it("fail at once with SCHEDULE_INVALID and all its problems", () => {
    assert.throws(
      () => occurrences({ cron: "0 0 31 2 *", timeZone: "Nowhere" }, { from: "2026-01-01T00:00Z" }),
      (error) => {
        assert.ok(isRunwrightError(error, "SCHEDULE_INVALID"));
        assert.match(error.message, /\/timeZone: .*; \/cron: /);
        assert.deepEqual(
          (error.details as { problems: { path: string }[] }).problems.map(({ path }) => path),
          ["/timeZone", "/cron"],
        );
        return true;
      },
    );
  });
});
