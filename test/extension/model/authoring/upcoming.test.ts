import assert from "node:assert/strict";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build, type Plugin } from "esbuild";
import { upcomingOf } from "../../../../extension/model/authoring/upcoming.ts";

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const EXTENSION = join(import.meta.dirname, "..", "..", "..", "..", "extension");

/** The stand-in for Temporal is a file of its own in the built extension: `extension/build.mjs`. */
const besideIt: Plugin = {
  name: "stand-in",
  setup: (bundler) => bundler.onResolve({ filter: /temporal-stand-in/ }, ({ kind }) => bundler.resolve("temporal-polyfill", { kind, resolveDir: EXTENSION })),
};

describe("the next times of a rule", () => {
  it("are five, in the zone of the rule, with its offset", () => {
    const { times } = upcomingOf({ cron: "30 2 * * MON", timeZone: "Europe/Berlin" }, at("2026-01-01T00:00Z"));
    assert.deepEqual(times?.[0], { when: "Mon 2026-01-05 02:30 +01:00", note: "" });
    assert.equal(times?.length, 5);
  });

  it("say what clock changes do to them", () => {
    const spring = upcomingOf({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, at("2026-03-28T12:00Z"));
    assert.deepEqual(spring.times?.[0], { when: "Sun 2026-03-29 03:30 +02:00", note: "the clocks leave 02:30 out: runs later by as much" });
    const left = upcomingOf({ cron: "30 2 * * *", timeZone: "Europe/Berlin", dst: { gap: "skip" } }, at("2026-03-28T12:00Z"));
    assert.match(left.times?.[0]?.note ?? "", /doesn't run/);
    const autumn = upcomingOf({ cron: "30 2 * * *", timeZone: "Europe/Berlin", dst: { repeat: "both" } }, at("2026-10-24T12:00Z"));
    assert.deepEqual(
      autumn.times?.slice(0, 2).map(({ note }) => note),
      ["02:30 comes twice: this is the first", "02:30 comes twice: this is the second"],
    );
  });

  it("are told as a problem when the rule isn't one", () => {
    assert.match(upcomingOf({ cron: "61 2 * * *", timeZone: "UTC" }, 0).problem ?? "", /minute/);
    assert.match(upcomingOf({ cron: "0 2 * * *", timeZone: "Europe/Berlim" }, 0).problem ?? "", /did you mean "Europe\/Berlin"/);
  });

  it("are the same in an editor whose Node has no Temporal", async function () {
    this.timeout(20_000);
    const { outputFiles } = await build({
      entryPoints: [join(EXTENSION, "model", "authoring", "upcoming.ts")],
      bundle: true,
      platform: "node",
      format: "iife",
      globalName: "bundled",
      target: "node22",
      inject: [join(EXTENSION, "temporal.mjs")],
      plugins: [besideIt],
      write: false,
    });
    const context = createContext({ URL, console });
    runInContext("delete globalThis.Temporal", context);
    assert.equal(runInContext("typeof Temporal", context), "undefined");
    runInContext(outputFiles[0]?.text ?? "", context);
    assert.equal(runInContext("typeof Temporal", context), "undefined", "it isn't made global");
    for (const timetable of [
      { cron: "30 2 * * *", timeZone: "Europe/Berlin", dst: { repeat: "both" } },
      { cron: "*/45 1-3 * * *", timeZone: "Australia/Lord_Howe" },
      { cron: "0 0 LW * *", timeZone: "America/Sao_Paulo" },
      { recurrence: { frequency: "hourly", every: 7 }, timeZone: "Africa/Casablanca", startAt: "2026-01-01T00:00" },
      { cron: "0 2 * * *", timeZone: "Nowhere/Else" },
    ])
      for (const now of ["2026-03-28T12:00Z", "2026-10-24T12:00Z", "2026-04-04T00:00Z"].map(at)) {
        context.asked = JSON.stringify([timetable, now]);
        const theirs = runInContext("JSON.stringify(bundled.upcomingOf(...JSON.parse(asked)))", context);
        assert.deepEqual(JSON.parse(theirs), JSON.parse(JSON.stringify(upcomingOf(timetable, now))), JSON.stringify(timetable));
      }
  });
});
