import assert from "node:assert/strict";
import { changesOf } from "../../engine/cli/deployment-lines.ts";
import { pictureOf } from "../../engine/cli/deployment-picture.ts";
import { displayWidth, fitted, padded } from "../../engine/cli/display-width.ts";
import type { DeploymentProgress } from "../../engine/protocol/http/deployments.ts";

type Parts = Partial<Omit<DeploymentProgress, "deployment">> & { deployment?: Partial<DeploymentProgress["deployment"]> };

/** A rollout of 12 machines in mid-wave, an hour after its window has opened. */
function progress({ deployment, ...parts }: Parts = {}): DeploymentProgress {
  return {
    at: "2026-03-01T03:00:00.000Z",
    deployment: {
      ...{ id: "dpl_1", window: "nightly", scope: "/", occurrence: "2026-03-01T02:00:00+00:00[UTC]", status: "running", reason: "approved by bea" },
      ...{ opensAt: "2026-03-01T02:00:00.000Z", closesAt: "2026-03-01T04:00:00.000Z", reserveFrom: "2026-03-01T03:40:00.000Z" },
      ...{ planHash: "f".repeat(64), machines: { Succeeded: 2, Failed: 1, InProgress: 1, NotStarted: 8 }, allowedFailures: 1, requestedBy: "ada" },
      approval: { count: 1, roles: ["operator"], byRequester: false },
      settings: {
        ...{ waves: "1, 25%, rest", maxParallel: 50, errorBudget: "1", soak: "5m", reboot: "ifRequired", rebootReserve: "20m", selector: null },
        ...{ runbook: "deploy", runbookVersion: 1, hookVersions: {} },
      },
      ...{ createdAt: "2026-03-01T01:00:00.000Z", startedAt: "2026-03-01T02:00:00.000Z", endedAt: null, jobId: "job_1", retryOf: null },
      ...deployment,
    },
    waves: [
      { wave: 0, machines: { Succeeded: 1 } },
      { wave: 1, machines: { Succeeded: 1, Failed: 1, InProgress: 1 } },
      { wave: 2, machines: { NotStarted: 8 } },
    ],
    running: [{ name: "web4", wave: 1, startedAt: "2026-03-01T02:59:30.000Z", message: "", rebootState: "Started" }],
    ended: [
      { name: "web3", wave: 1, status: "Failed", message: "bash: exit 100", endedAt: "2026-03-01T02:59:00.000Z" },
      { name: "web2", wave: 1, status: "Succeeded", message: "3 updates installed", endedAt: "2026-03-01T02:58:00.000Z" },
    ],
    ...parts,
  };
}
const frame = { columns: 80, rows: 24, isLost: false };
/** Without styles, as somebody reads it. */
const read = (found: DeploymentProgress, more: Partial<typeof frame> = {}) =>
  pictureOf(found, { ...frame, ...more }).map((line) =>
    line
      .map(([text]) => text)
      .join("")
      .trimEnd(),
  );

describe("the picture of a rollout", () => {
  it("shows waves, machines, failures and the time that is left", () => {
    assert.deepEqual(read(progress()), [
      "nightly  running  dpl_1",
      "approved by bea",
      "",
      "Window      ████████░░░░░░░░  1h left, 40m before the reboot reserve",
      "",
      "Wave 1      ████████████████  1/1 done",
      "Wave 2      ███████████▒▒▒▒▒  1/3 done, 1 Failed, 1 in progress",
      "Wave 3      ░░░░░░░░░░░░░░░░  0/8 done, 8 waiting",
      "All         ████▒░░░░░░░░░░░  2/12 done, 1 Failed, 1 in progress, 8 waiting",
      "Failed      1, and 1 may",
      "",
      "Now",
      "  web4                  30s      reboots",
      "",
      "Last",
      "  web3                  Failed  bash: exit 100",
      "  web2                  Succeeded  3 updates installed",
    ]);
  });

  it("has longer bars where there is room", () => {
    assert.equal(read(progress(), { columns: 140 })[5], `Wave 1      ${"█".repeat(40)}  1/1 done`);
    assert.equal(read(progress(), { columns: 20 })[5], `Wave 1      ${"█".repeat(10)}  1/1 done`);
  });

  it("counts down to its opening, says when only reboots are begun, when it is closed, and nothing once all is over", () => {
    const window = (at: string, deployment: Parts["deployment"] = {}) => read(progress({ at, deployment }))[3]?.slice(28).trim();
    assert.equal(window("2026-03-01T01:30:00.000Z"), "opens in 30m");
    assert.equal(window("2026-03-01T03:50:00.000Z"), "10m left, for reboots");
    assert.equal(window("2026-03-01T04:00:00.000Z"), "closed; what runs is let finish");
    assert.equal(window("2026-03-01T04:00:00.000Z", { status: "failed" }), "");
  });

  it("is never higher than its terminal: of machines fewer are shown, and how many more there are", () => {
    const many = progress({
      deployment: { machines: { InProgress: 50, Succeeded: 30 } },
      running: Array.from({ length: 50 }, (_, i) => ({ name: `web${i}`, wave: 1, startedAt: null, message: "", rebootState: "NotNeeded" as const })),
      ended: Array.from({ length: 20 }, (_, i) => ({ name: `old${i}`, wave: 0, status: "Succeeded" as const, message: "", endedAt: null })),
    });
    for (let rows = 20; rows <= 60; rows++) {
      const lines = read(many, { rows });
      assert.ok(lines.length < rows, `${lines.length} lines in ${rows} rows`);
      assert.ok(lines.includes("Now") && lines.includes("Last"), `${rows} rows`);
      const shown = lines.filter((line) => line.startsWith("  web")).length;
      assert.ok(lines.includes(`  and ${50 - shown} more`), `${rows} rows`);
    }
    assert.equal(read(many, { rows: 60 }).filter((line) => line.startsWith("  web")).length, 20);
  });

  it("shows the waves around the one that runs when there are many", () => {
    const waves = Array.from({ length: 40 }, (_, wave): DeploymentProgress["waves"][number] => ({
      wave,
      machines: wave < 20 ? { Succeeded: 1 } : { NotStarted: 1 },
    }));
    const lines = read(progress({ waves }), { rows: 60 });
    assert.ok(lines.some((line) => line.startsWith("Wave 21")) && !lines.some((line) => line.startsWith("Wave 1 ")), lines.join("\n"));
    assert.ok(lines.includes("            and 28 more waves"));
  });

  it("says that the engine can't be reached, and keeps what it said last", () => {
    const lines = read(progress(), { isLost: true });
    assert.equal(lines[2], "The engine can't be reached; waiting until it is back. The rollout goes on.");
    assert.ok(lines.includes("Wave 1      ████████████████  1/1 done"));
  });

  it("takes what machines and packages say for text: no escape sequence, no further line", () => {
    const evil = "a\u001b[2J\u001b]0;x\u0007\r\nb\u202e";
    const found = progress({
      deployment: { reason: evil, window: evil },
      running: [{ name: evil, wave: 1, startedAt: null, message: evil, rebootState: "NotNeeded" }],
      ended: [{ name: evil, wave: 1, status: "Failed", message: evil, endedAt: null }],
    });
    for (const line of [...read(found), ...changesOf(null, found)]) assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
  });
});

describe("a rollout told in lines", () => {
  it("tells at the first look where it stands, then what has changed, and nothing twice", () => {
    const before = progress();
    assert.deepEqual(changesOf(null, before).slice(0, 3), [
      "03:00:00 dpl_1 of nightly: open from 2026-03-01T02:00:00.000Z to 2026-03-01T04:00:00.000Z",
      "03:00:00 running: approved by bea",
      "03:00:00 wave 2: web4 begins",
    ]);
    assert.deepEqual(changesOf(before, { ...before, at: "2026-03-01T03:00:01.000Z" }), []);
    const after = progress({
      at: "2026-03-01T03:01:00.000Z",
      deployment: { status: "failed", reason: "2 of 12 machines succeeded" },
      waves: before.waves.map((one) => (one.wave === 1 ? { wave: 1, machines: { Succeeded: 2, Failed: 1 } } : one)),
      running: [],
      ended: [{ name: "web4", wave: 1, status: "Succeeded", message: "rebooted", endedAt: "2026-03-01T03:00:59.000Z" }, ...before.ended],
    });
    assert.deepEqual(changesOf(before, after), [
      "03:01:00 wave 2: web4 Succeeded: rebooted",
      "03:01:00 wave 2 is done: 2 Succeeded, 1 Failed",
      "03:01:00 failed: 2 of 12 machines succeeded",
    ]);
  });
});

describe("the width of a text in a terminal", () => {
  for (const [text, width] of [
    ["web1", 4],
    ["", 0],
    ["日本", 4],
    ["ﬀ", 1],
    ["e\u0301", 1],
    ["🚀", 2],
    ["ｗｅｂ", 6],
  ] as const)
    it(`of "${text}" is ${width}`, () => assert.equal(displayWidth(text), width));

  it("cuts before a letter that doesn't fit any more, and fills up what is short", () => {
    assert.equal(fitted("日本語", 5), "日本");
    assert.equal(fitted("e\u0301e\u0301", 1), "e\u0301");
    assert.equal(padded("日本", 6), "日本  ");
    assert.equal(padded("日本", 2), "日本");
  });
});
