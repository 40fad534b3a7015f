import assert from "node:assert/strict";
import type { DstPolicy, Schedule } from "../../engine/schedule.ts";
import { list, notes } from "./lists.ts";

const at = (timeZone: string, times: string[], dst?: DstPolicy): Schedule => ({
  recurrence: { frequency: "daily", times },
  timeZone,
  ...(dst === undefined ? {} : { dst }),
});
const cron = (expression: string, timeZone: string, dst?: DstPolicy): Schedule => ({ cron: expression, timeZone, ...(dst === undefined ? {} : { dst }) });

describe("a time that clocks leave out", () => {
  it("02:30 in Berlin runs at 03:30, later by the gap's length (RFC 5545, 3.3.5: the offset before the gap counts)", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:30"]), "2026-03-28T00:00Z", 3), [
      "2026-03-28T02:30+01:00",
      "2026-03-29T03:30+02:00 shifted",
      "2026-03-30T02:30+02:00",
    ]);
  });

  it("doesn't run with gap: skip", () => {
    assert.deepEqual(notes(cron("30 2 * * *", "Europe/Berlin", { gap: "skip" }), "2026-03-28T00:00Z", 2), ["2026-03-28T02:30+01:00", "2026-03-30T02:30+02:00"]);
  });

  it("02:00, the gap's first moment, is left out; 03:00, its end, isn't", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:00"]), "2026-03-28T12:00Z", 1), ["2026-03-29T03:00+02:00 shifted"]);
    assert.deepEqual(notes(at("Europe/Berlin", ["03:00"]), "2026-03-28T12:00Z", 1), ["2026-03-29T03:00+02:00"]);
  });

  it("shifted onto a time that runs anyway, both are one, and it counts as not shifted", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:30", "03:30"]), "2026-03-28T12:00Z", 2), ["2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"]);
  });

  it("shifted past a later time, they run in the order of the clock", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:45", "03:15"]), "2026-03-28T12:00Z", 3), [
      "2026-03-29T03:15+02:00",
      "2026-03-29T03:45+02:00 shifted",
      "2026-03-30T02:45+02:00",
    ]);
  });

  it("Lord Howe's gap is half an hour: 02:15 runs at 02:45", () => {
    assert.deepEqual(notes(at("Australia/Lord_Howe", ["02:15"]), "2026-10-03T00:00Z", 2), ["2026-10-04T02:45+11:00 shifted", "2026-10-05T02:15+11:00"]);
    assert.deepEqual(notes(at("Australia/Lord_Howe", ["02:30"]), "2026-10-03T00:00Z", 1), ["2026-10-04T02:30+11:00"]);
  });

  it("midnight is left out in São Paulo (2018) and Cairo: that day isn't lost", () => {
    assert.deepEqual(notes(cron("@daily", "America/Sao_Paulo"), "2018-11-03T12:00Z", 2), ["2018-11-04T01:00-02:00 shifted", "2018-11-05T00:00-02:00"]);
    assert.deepEqual(notes(cron("@daily", "Africa/Cairo"), "2026-04-23T12:00Z", 2), ["2026-04-24T01:00+03:00 shifted", "2026-04-25T00:00+03:00"]);
  });

  it("Apia had no 30 December 2011: shifted by a day it is one with the next; a rule for the 30th runs on the 31st", () => {
    assert.deepEqual(notes(at("Pacific/Apia", ["09:00"]), "2011-12-29T00:00Z", 3), [
      "2011-12-29T09:00-10:00",
      "2011-12-31T09:00+14:00",
      "2012-01-01T09:00+14:00",
    ]);
    assert.deepEqual(notes(cron("0 9 30 * *", "Pacific/Apia"), "2011-12-01T00:00Z", 2), ["2011-12-31T09:00+14:00 shifted", "2012-01-30T09:00+14:00"]);
    assert.deepEqual(notes(cron("0 9 30 * *", "Pacific/Apia", { gap: "skip" }), "2011-12-01T00:00Z", 1), ["2012-01-30T09:00+14:00"]);
  });

  it("once: shifted or, with skip, never", () => {
    const once = (gap: "shift" | "skip"): Schedule => ({ recurrence: { frequency: "once", at: "2026-03-29T02:30" }, timeZone: "Europe/Berlin", dst: { gap } });
    assert.deepEqual(notes(once("shift"), "2026-01-01T00:00Z", 2), ["2026-03-29T03:30+02:00 shifted"]);
    assert.deepEqual(notes(once("skip"), "2026-01-01T00:00Z", 2), []);
  });
});

describe("a time that clocks show twice", () => {
  it("02:30 in Berlin runs in the first by default, in the last or in both when asked", () => {
    const from = "2026-10-24T12:00Z";
    assert.deepEqual(notes(at("Europe/Berlin", ["02:30"]), from, 2), ["2026-10-25T02:30+02:00 first", "2026-10-26T02:30+01:00"]);
    assert.deepEqual(notes(at("Europe/Berlin", ["02:30"], { repeat: "last" }), from, 2), ["2026-10-25T02:30+01:00 second", "2026-10-26T02:30+01:00"]);
    assert.deepEqual(notes(at("Europe/Berlin", ["02:30"], { repeat: "both" }), from, 3), [
      "2026-10-25T02:30+02:00 first",
      "2026-10-25T02:30+01:00 second",
      "2026-10-26T02:30+01:00",
    ]);
  });

  it("asked between the two, the second is still to come", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:10", "02:50"], { repeat: "both" }), "2026-10-25T00:50Z", 3), [
      "2026-10-25T02:10+01:00 second",
      "2026-10-25T02:50+01:00 second",
      "2026-10-26T02:10+01:00",
    ]);
    assert.deepEqual(list(at("Europe/Berlin", ["02:30"]), "2026-10-25T00:30Z", 1), ["2026-10-26T02:30+01:00"]);
  });

  it("02:00 is shown twice, 03:00 once", () => {
    assert.deepEqual(notes(at("Europe/Berlin", ["02:00", "03:00"]), "2026-10-24T12:00Z", 2), ["2026-10-25T02:00+02:00 first", "2026-10-25T03:00+01:00"]);
  });

  it("Lord Howe repeats 01:30 to 02:00; São Paulo (2018) repeated the last hour of the day before", () => {
    assert.deepEqual(notes(at("Australia/Lord_Howe", ["01:45"], { repeat: "both" }), "2026-04-04T12:00Z", 2), [
      "2026-04-05T01:45+11:00 first",
      "2026-04-05T01:45+10:30 second",
    ]);
    assert.deepEqual(notes(at("America/Sao_Paulo", ["23:30"], { repeat: "both" }), "2018-02-17T12:00Z", 3), [
      "2018-02-17T23:30-02:00 first",
      "2018-02-17T23:30-03:00 second",
      "2018-02-18T23:30-03:00",
    ]);
  });

  it("once is once, also with both", () => {
    const once: Schedule = { recurrence: { frequency: "once", at: "2026-10-25T02:30" }, timeZone: "Europe/Berlin", dst: { repeat: "both" } };
    assert.deepEqual(notes(once, "2026-01-01T00:00Z", 3), ["2026-10-25T02:30+02:00 first"]);
  });
});

describe("an interval keeps its pace", () => {
  it("*/15 goes on every 15 elapsed minutes over gap and repeat, and dst doesn't alter it", () => {
    for (const dst of [
      { gap: "shift", repeat: "last" },
      { gap: "skip", repeat: "first" },
    ] as const) {
      assert.deepEqual(list(cron("*/15 * * * *", "Europe/Berlin", dst), "2026-03-29T00:30Z", 3), [
        "2026-03-29T01:45+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-29T03:15+02:00",
      ]);
      assert.deepEqual(notes(cron("*/15 * * * *", "Europe/Berlin", dst), "2026-10-24T23:45Z", 9), [
        "2026-10-25T02:00+02:00 first",
        "2026-10-25T02:15+02:00 first",
        "2026-10-25T02:30+02:00 first",
        "2026-10-25T02:45+02:00 first",
        "2026-10-25T02:00+01:00 second",
        "2026-10-25T02:15+01:00 second",
        "2026-10-25T02:30+01:00 second",
        "2026-10-25T02:45+01:00 second",
        "2026-10-25T03:00+01:00",
      ]);
    }
  });

  it("over Lord Howe's half hours as well", () => {
    assert.deepEqual(list(cron("*/15 * * * *", "Australia/Lord_Howe"), "2026-10-03T15:00Z", 3), [
      "2026-10-04T01:45+10:30",
      "2026-10-04T02:30+11:00",
      "2026-10-04T02:45+11:00",
    ]);
    assert.deepEqual(list(cron("*/15 * * * *", "Australia/Lord_Howe"), "2026-04-04T14:15Z", 5), [
      "2026-04-05T01:30+11:00",
      "2026-04-05T01:45+11:00",
      "2026-04-05T01:30+10:30",
      "2026-04-05T01:45+10:30",
      "2026-04-05T02:00+10:30",
    ]);
  });

  it("a wildcard hour is an interval (30 * * * *); an hour that isn't one but has stepped minutes, too (*/30 2 * * *)", () => {
    assert.deepEqual(list(cron("30 * * * *", "Europe/Berlin"), "2026-03-29T00:00Z", 2), ["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"]);
    assert.deepEqual(list(cron("*/30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00Z", 1), ["2026-03-30T02:00+02:00"]);
    assert.deepEqual(list(cron("*/30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00Z", 4), [
      "2026-10-25T02:00+02:00",
      "2026-10-25T02:30+02:00",
      "2026-10-25T02:00+01:00",
      "2026-10-25T02:30+01:00",
    ]);
  });

  it("a range of hours isn't an interval: each of its times runs once", () => {
    assert.deepEqual(list(cron("0 1-3 * * *", "Europe/Berlin"), "2026-03-28T12:00Z", 3), [
      "2026-03-29T01:00+01:00",
      "2026-03-29T03:00+02:00",
      "2026-03-30T01:00+02:00",
    ]);
    assert.deepEqual(list(cron("0 1-3 * * *", "Europe/Berlin"), "2026-10-24T12:00Z", 3), [
      "2026-10-25T01:00+02:00",
      "2026-10-25T02:00+02:00",
      "2026-10-25T03:00+01:00",
    ]);
  });

  it("nothing is shifted from the day that Apia left out", () => {
    assert.deepEqual(list(cron("0 */12 * * *", "Pacific/Apia"), "2011-12-29T11:00Z", 3), [
      "2011-12-29T12:00-10:00",
      "2011-12-31T00:00+14:00",
      "2011-12-31T12:00+14:00",
    ]);
  });

  it("every 6 hours are 6 elapsed hours, and drift on the clock", () => {
    const schedule: Schedule = { recurrence: { frequency: "hourly", every: 6 }, timeZone: "Europe/Berlin", startAt: "2026-03-28T18:00" };
    assert.deepEqual(notes(schedule, "2026-01-01T00:00Z", 3), ["2026-03-28T18:00+01:00", "2026-03-29T00:00+01:00", "2026-03-29T07:00+02:00"]);
    const everyHour: Schedule = { recurrence: { frequency: "hourly" }, timeZone: "Europe/Berlin" };
    assert.deepEqual(notes(everyHour, "2026-10-24T23:30Z", 3), ["2026-10-25T02:00+02:00 first", "2026-10-25T02:00+01:00 second", "2026-10-25T03:00+01:00"]);
  });
});
