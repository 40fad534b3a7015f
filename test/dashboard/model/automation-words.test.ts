import assert from "node:assert/strict";
import { FAILURE_CODES, JOB_STATUSES } from "../../../engine/core/job.ts";
import { conflictOr } from "../../../engine/dashboard/model/conflict.ts";
import { hoursWithin, placesWithin } from "../../../engine/dashboard/model/day-bar.ts";
import { adviceFor } from "../../../engine/dashboard/model/job/failure-advice.ts";
import { hasEnded, movesOf, tookOf } from "../../../engine/dashboard/model/job/job-moves.ts";
import { FIRST_VIEW, jsonRows, toggled } from "../../../engine/dashboard/model/json-rows.ts";
import { comingNotes, instantOf } from "../../../engine/dashboard/model/occurrence-words.ts";
import { limitWords, permissionSentences } from "../../../engine/dashboard/model/permission-sentences.ts";
import { Problem } from "../../../engine/dashboard/model/problem.ts";
import { ruleWords } from "../../../engine/dashboard/model/rule-words.ts";
import { scheduleFacts, startedRuns, webhookFacts } from "../../../engine/dashboard/model/spec-facts.ts";
import { startersText } from "../../../engine/dashboard/model/starters-text.ts";

describe("dashboard: permissions in sentences", () => {
  it("tell all that a runbook may do", () => {
    const sentences = permissionSentences({
      machines: { select: "os=linux", actions: ["read", "exec", "reboot"] },
      http: ["https://a.example"],
      variables: ["v"],
      deployments: true,
    });
    assert.deepEqual(
      sentences.map(({ says, names, weighs }) => [says, names, weighs]),
      [
        ["On machines that match, runs programs and reboots them", ["os=linux"], "heavy"],
        ["Sends requests to", ["https://a.example"], "heavy"],
        ["Reads the variables", ["v"], "light"],
        ["Carries out the deployment that has started its job", [], "heavy"],
      ],
    );
  });

  it("leave nothing out that isn't known here, and take anything", () => {
    assert.deepEqual(permissionSentences({ teleport: ["mars"] }), [{ says: "teleport", names: ['["mars"]'], weighs: "heavy" }]);
    for (const odd of [null, undefined, 7, "x", { machines: null, http: "x" }]) permissionSentences(odd);
    assert.deepEqual(permissionSentences({}), []);
    assert.match(permissionSentences({ machines: { select: "all", actions: ["constructor"] } })[0]?.says ?? "", /constructor/);
  });

  it("say how much a job may use", () =>
    assert.deepEqual(limitWords({ timeoutMs: 900_000, memoryMb: 64, odd: 1 }), [
      ["Time", "15m, waiting not counted"],
      ["Memory", "64 MB"],
    ]));
});

describe("dashboard: rules in words", () => {
  for (const [spec, words] of [
    [{ cron: "*/5 * * * *" }, "*/5 * * * *"],
    [{ recurrence: { frequency: "daily", times: ["02:30", "14:00"] } }, "every day at 02:30, 14:00"],
    [{ recurrence: { frequency: "weekly", every: 2, weekdays: ["monday"], times: ["06:00"] } }, "every 2 weeks on monday at 06:00"],
    [
      { recurrence: { frequency: "monthly", weekdays: [{ nth: 2, weekday: "tuesday" }], offsetDays: 3, times: ["22:00"] } },
      "every month on the 2nd tuesday, 3 days later at 22:00",
    ],
    [{ recurrence: { frequency: "monthly", days: [1, "last"], times: ["22:00"] } }, "every month on day 1, the last day at 22:00"],
    [{ recurrence: { frequency: "once", at: "2026-03-29T02:30" } }, "once, 2026-03-29T02:30"],
    [{ recurrence: { frequency: "hourly" } }, "every hour"],
    [{ recurrence: { frequency: "yearly" } }, '{"frequency":"yearly"}'],
    [{}, "no rule"],
  ] as const) {
    it(`tell ${JSON.stringify(spec)}`, () => assert.equal(ruleWords(spec), words));
  }
});

describe("dashboard: documents that start runbooks", () => {
  it("tell the engine's defaults where they say nothing", () => {
    const facts = Object.fromEntries(scheduleFacts({ cron: "0 0 * * *", timeZone: "UTC" }));
    assert.equal(facts.Missed, "what was missed is started once, up to 1h late");
    assert.equal(facts.Overlap, "waits until the job before has ended");
    assert.equal(Object.fromEntries(webhookFacts({ verify: { scheme: "none" } })).Verified, "no: whoever knows the address may send");
  });

  it("say when a webhook fires", () => {
    const facts = Object.fromEntries(
      webhookFacts({
        verify: { scheme: "github", secret: "hook" },
        where: [
          { at: "/body/ref", startsWith: "refs/" },
          { at: "/x", exists: false },
        ],
      }),
    );
    assert.equal(facts["Only when"], '/body/ref begins with "refs/" and /x isn\'t there');
    assert.equal(facts["With the secret"], "hook");
  });

  it("are read with care", () => {
    assert.deepEqual(startedRuns({ runs: [{ runbook: "a", version: 2 }, { runbook: 7 }, null] }), [
      { runbook: "a", version: 2, parameters: undefined, map: undefined },
    ]);
    assert.equal(
      startersText([
        { kind: "Schedule", count: 1, first: "nightly" },
        { kind: "MaintenanceWindow", count: 3, first: "a" },
      ]),
      "schedule nightly, 3 windows",
    );
  });

  it("that somebody else has changed are told as such", () => {
    assert.match(
      conflictOr(new Problem({ code: "CONFLICT", detail: "x", status: 409 }), { name: "nightly" }).message,
      /Somebody else has changed nightly .* nothing was done/,
    );
    assert.equal(conflictOr(new Error("other"), { name: "nightly" }).message, "other");
  });
});

describe("dashboard: coming occurrences", () => {
  const item = {
    at: "2026-03-29T03:30:00+02:00[Europe/Berlin]",
    planned: "2026-03-29T02:30:00",
    dst: "shifted" as const,
    frozen: "Easter",
    clashes: ["b", "c"],
  };
  it("say what clock changes, freezes and others do to them", () => {
    assert.deepEqual(
      comingNotes(item).map(({ says }) => says),
      ["moved by the clock change, named for 02:30", "held back by a freeze: Easter", "in the same minute: b, c"],
    );
    assert.deepEqual(comingNotes({ ...item, dst: "none", frozen: null, clashes: [] }), []);
    assert.equal(new Date(instantOf(item.at)).toISOString(), "2026-03-29T01:30:00.000Z");
  });

  it("lie on a day's bar, with each sixth hour of the viewer's zone", () => {
    const from = Date.UTC(2026, 2, 1, 12);
    const to = from + 86_400_000;
    assert.deepEqual(placesWithin([new Date(from + 21_600_000).toISOString(), new Date(to + 1).toISOString(), "nonsense"], from, to), [25]);
    assert.deepEqual(hoursWithin(from, to, "UTC"), [
      { hour: "12", left: 0 },
      { hour: "18", left: 25 },
      { hour: "00", left: 50 },
      { hour: "06", left: 75 },
      { hour: "12", left: 100 },
    ]);
    assert.deepEqual(
      hoursWithin(from, to, "Asia/Kathmandu").map(({ hour }) => hour),
      ["18", "00", "06", "12"],
    );
  });
});

describe("dashboard: jobs", () => {
  it("offer moves by status, and none for statuses of a newer engine", () => {
    assert.deepEqual(movesOf({ status: "failed", debug: null }), ["resume", "again"]);
    assert.deepEqual(movesOf({ status: "running", debug: "run" }), ["stop"]);
    assert.deepEqual(movesOf({ status: "paused" as never, debug: null }), []);
    assert.deepEqual(
      JOB_STATUSES.filter((status) => hasEnded({ status })),
      ["completed", "failed", "stopped"],
    );
    assert.deepEqual(
      [tookOf({ startedAt: null, endedAt: null }, 5), tookOf({ startedAt: new Date(1_000).toISOString(), endedAt: null }, 3_500)],
      [undefined, 2_500],
    );
  });

  it("say what to do about each failure", () => {
    for (const code of FAILURE_CODES) assert.ok((adviceFor(code) ?? "").length > 20, code);
    assert.equal(adviceFor("toString"), undefined);
  });
});

describe("dashboard: JSON as a tree", () => {
  const texts = (value: unknown, view = FIRST_VIEW) =>
    jsonRows(value, view).map(({ depth, name, text, kind }) => `${" ".repeat(depth)}${name ?? ""}:${text}:${kind}`);

  it("opens what is small, and closes and opens what is chosen", () => {
    const value = { a: [1, "x"], b: {} };
    assert.deepEqual(texts(value), [":{ 2 }:open", " a:[ 2 ]:open", "  0:1:value", '  1:"x":value', " b:{}:value"]);
    const closed = toggled(FIRST_VIEW, { path: "/a", kind: "open" });
    assert.deepEqual(texts(value, closed), [":{ 2 }:open", " a:[ 2 ]:closed", " b:{}:value"]);
    assert.deepEqual(texts(value, toggled(closed, { path: "/a", kind: "closed" })), texts(value));
  });

  it("shows a hundred entries of a long list, and more when asked", () => {
    const value = Array.from({ length: 10_000 }, (_, index) => index);
    const rows = jsonRows(value, FIRST_VIEW);
    assert.deepEqual([rows.length, rows.at(-1)?.text], [102, "9900 more"]);
    assert.equal(jsonRows(value, toggled(FIRST_VIEW, { path: "", kind: "more" })).length, 502);
  });

  it("goes as deep as it is opened, without using up the stack", () => {
    let value: unknown = 1;
    const open = new Set<string>();
    for (let depth = 0; depth < 20_000; depth += 1) value = [value];
    for (let depth = 0, path = ""; depth < 200; depth += 1, path += "/0") open.add(path);
    assert.equal(jsonRows(value, { ...FIRST_VIEW, open }).length, 201);
  });
});
