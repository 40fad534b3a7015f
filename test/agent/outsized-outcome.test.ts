import assert from "node:assert/strict";
import { openAudit } from "../../engine/agent/audit.ts";
import { openCommandRecords } from "../../engine/agent/command-records.ts";
import { createCommands } from "../../engine/agent/commands.ts";
import { type AgentFrame, MAX_FRAME_BYTES } from "../../engine/protocol/agent.ts";
import { testClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("an outcome that is too large to travel", () => {
  it("is told to be that, now and after a restart, and breaks no connection", async () => {
    await using home = await temporaryDirectory();
    const clock = testClock();
    const log = { info() {}, warn() {}, error() {} };
    const open = async () =>
      createCommands({
        records: await openCommandRecords(home.path, clock),
        actions: { flood: async () => ({ words: "\u0007".repeat(MAX_FRAME_BYTES / 4) }) },
        refusalOf: async () => undefined,
        audit: openAudit(home.path, { clock, log }),
        ...{ clock, log, onFinished() {} },
      });
    const frames: AgentFrame[] = [];
    const commands = await open();
    await commands.attach((frame) => frames.push(frame));
    await commands.receive({ type: "command", id: "cmd_1", action: "flood", args: {}, startWithinMs: 1_000, acknowledged: false });
    await commands.stop();
    const later = await open();
    await later.attach((frame) => frames.push(frame));
    const results = frames.filter((frame) => frame.type === "result");
    assert.equal(results.length, 2);
    for (const frame of results) {
      assert.ok(JSON.stringify(frame).length < 1_000);
      assert.ok(frame.outcome.status === "failed" && frame.outcome.error.code === "TOO_LARGE");
      assert.match(frame.outcome.error.message, /^it has ended \(completed\), and its outcome takes \d+ bytes/);
    }
    await later.stop();
  });

  it("is told to be that, too, when an earlier version of the agent has written it down", async () => {
    await using home = await temporaryDirectory();
    const clock = testClock();
    const log = { info() {}, warn() {}, error() {} };
    const records = await openCommandRecords(home.path, clock);
    const outcome = { status: "completed", value: "x".repeat(MAX_FRAME_BYTES) } as const;
    await records.end({ id: "cmd_1", action: "flood", startedAt: 1, endedAt: 2, outcome });
    const frames: AgentFrame[] = [];
    const commands = await createCommands({
      ...{ records: await openCommandRecords(home.path, clock), actions: {}, refusalOf: async () => undefined },
      ...{ audit: openAudit(home.path, { clock, log }), clock, log, onFinished() {} },
    });
    await commands.attach((frame) => frames.push(frame));
    const [frame] = frames;
    assert.ok(frames.length === 1 && frame?.type === "result" && frame.outcome.status === "failed" && frame.outcome.error.code === "TOO_LARGE");
    await commands.stop();
  });
});
