import assert from "node:assert/strict";
import { type FollowParts, followCommand } from "../../../engine/dashboard/model/followed-command.ts";
import { Problem } from "../../../engine/dashboard/model/problem.ts";
import type { Command } from "../../../engine/protocol/http/machines.ts";

const aCommand = (more: Partial<Command>): Command => ({
  ...{ id: "cmd_1", machine: "web-1", action: "exec", args: { argv: ["true"] }, status: "acknowledged", result: null, jobId: null, correlationId: "c" },
  ...{ actor: { id: "p", kind: "user", name: "ada" }, createdAt: "2026-03-01T00:00:00Z", deadlineAt: "2026-03-01T01:00:00Z" },
  ...{ sentAt: null, acknowledgedAt: null, endedAt: null, output: [] },
  ...more,
});
const chunk = (seq: number, text = "x"): Command["output"][number] => ({ seq, stream: "stdout", chunk: text });
const ENDED = "2026-03-01T00:00:05Z";

/** An engine that answers with these in turn; what it was asked for; and timers that are run by hand. */
function engineWith(answers: (Command | Error)[]) {
  const asked: (string | undefined)[][] = [];
  const timers: (() => void)[] = [];
  const { promise: isDone, resolve } = Promise.withResolvers<void>();
  const parts: FollowParts = {
    engine: {
      get: async <Answer>(path: string, { query = {}, signal }: { query?: Readonly<Record<string, unknown>>; signal?: AbortSignal } = {}) => {
        assert.equal(path, "/api/v1/commands/cmd_1");
        asked.push([query.wait?.toString(), query.after?.toString()]);
        const answer = answers.shift();
        if (answers.length === 0) setImmediate(resolve);
        if (answer === undefined) return new Promise<Answer>((_, reject) => signal?.addEventListener("abort", () => reject(new Error("left"))));
        if (answer instanceof Error) throw answer;
        return answer as Answer;
      },
    },
    setTimer: (run) => timers.push(run),
    clearTimer: () => {},
  };
  return { parts, asked, timers, isDone };
}

describe("a command that is followed", () => {
  it("is shown at once, then waited for from what is known until it has ended", async () => {
    const { parts, asked, isDone } = engineWith([
      aCommand({ output: [chunk(1)] }),
      aCommand({ output: [] }),
      aCommand({ output: [chunk(2)], status: "completed", endedAt: ENDED }),
    ]);
    const followed = followCommand("cmd_1", parts);
    await isDone;
    assert.deepEqual(asked, [
      [undefined, undefined],
      ["2s", "1"],
      ["2s", "1"],
    ]);
    assert.deepEqual(
      followed.output.value.map(({ seq }) => seq),
      [1, 2],
    );
    assert.equal(followed.command.value?.status, "completed");
  });

  it("is read on after its end as long as there is more than fits into an answer", async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => chunk(i + 1));
    const { parts, asked, isDone } = engineWith([aCommand({ output: many, endedAt: ENDED }), aCommand({ output: [chunk(1_001)], endedAt: ENDED })]);
    const followed = followCommand("cmd_1", parts);
    await isDone;
    assert.deepEqual(asked.at(-1), ["2s", "1000"]);
    assert.equal(followed.output.value.length, 1_001);
  });

  it("holds the last part of what it writes, and counts the rest", async () => {
    const { parts, isDone } = engineWith([aCommand({ output: [chunk(1, "a".repeat(700_000)), chunk(2, "b".repeat(700_000))], endedAt: ENDED })]);
    const followed = followCommand("cmd_1", parts);
    await isDone;
    assert.deepEqual([followed.output.value.map(({ seq }) => seq), followed.left.value], [[2], 700_000]);
  });

  it("is asked for again after a failure that may pass", async () => {
    const away = new Problem({ code: "UNREACHABLE", status: 0, detail: "away" });
    const { parts, timers, isDone } = engineWith([away, aCommand({ endedAt: ENDED })]);
    const followed = followCommand("cmd_1", parts);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(followed.problem.value?.code, "UNREACHABLE");
    assert.equal(timers.length, 1);
    timers[0]?.();
    await isDone;
    assert.deepEqual([followed.problem.value, followed.command.value?.endedAt], [undefined, ENDED]);
  });

  it("isn't asked for again when there is none, or nobody looks any more", async () => {
    const none = engineWith([new Problem({ code: "NOT_FOUND", status: 404, detail: "none" })]);
    followCommand("cmd_1", none.parts);
    await none.isDone;
    assert.equal(none.timers.length, 0);
    const left = engineWith([aCommand({})]);
    const followed = followCommand("cmd_1", left.parts);
    await left.isDone;
    followed.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([left.timers.length, followed.problem.value], [0, undefined]);
  });
});
