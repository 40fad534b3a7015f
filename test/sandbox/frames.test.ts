import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrames, FrameDecoder, FrameError, MAX_FRAME_BYTES } from "../../engine/protocol/frames.ts";
import { parseRunnerMessage } from "../../engine/protocol/sandbox.ts";

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.jsonValue(), { maxLength: 4 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (turns, cuts) => {
          const messages = turns.map((turn) => JSON.parse(JSON.stringify(turn)) as unknown[]);
          const stream = Buffer.concat(messages.flatMap((turn) => encodeFrames(turn)));
          const decoder = new FrameDecoder();
          const received: unknown[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = cuts[i % cuts.length] ?? 1;
            received.push(...decoder.push(stream.subarray(at, at + size)));
            at += size;
          }
          assert.deepEqual(received, messages.flat());
        },
      ),
    );
  });

  it("hold many messages, and large ones get their own", () => {
    const small = Array.from({ length: 1_000 }, (_, n) => ({ n }));
    assert.equal(encodeFrames(small).length, 1);
    assert.equal(encodeFrames(["x".repeat(900_000), "y".repeat(900_000), "z"]).length, 2);
  });

  it("that announce more than the bound are refused before anything is buffered", () => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(1024 * 1024 * 1024, 0);
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(() => new FrameDecoder().push(header), FrameError);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
    assert.throws(() => encodeFrames(["x".repeat(MAX_FRAME_BYTES)]), FrameError);
  });

  const frame = (text: string) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(Buffer.byteLength(text), 0);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  it("with more lists, objects or members than messages have are refused unparsed", () => {
    const before = process.resourceUsage().maxRSS;
    for (const part of ["[", '{"a":', "[],", "{},", "1,", '"",']) {
      const text = `[${part.repeat(Math.floor((MAX_FRAME_BYTES - 3) / part.length))}1]`;
      assert.throws(() => new FrameDecoder().push(frame(text)), /holds more/, part);
    }
    assert.ok(process.resourceUsage().maxRSS - before < 256 * 1024, "a fraction of what parsing one of them takes");
  });

  it("take what a text holds for a text", () => {
    for (const value of ["[".repeat(2_000_000), ",".repeat(2_000_000), '\\"[,'.repeat(500_000), '"'.repeat(2_000_001), "\\".repeat(2_000_001)])
      assert.deepEqual(new FrameDecoder().push(frame(JSON.stringify([{ value }]))), [{ value }]);
  });

  it("that come in tiny pieces are held in few", () => {
    const decoder = new FrameDecoder();
    const { heapUsed } = process.memoryUsage();
    const stream = frame(JSON.stringify([{ value: "x".repeat(1_500_000) }]));
    for (let at = 0; at < stream.length - 1; at++) assert.deepEqual(decoder.push(stream.subarray(at, at + 1)), []);
    assert.ok(process.memoryUsage().heapUsed - heapUsed < 64 * 1024 * 1024, "a hundred bytes for each");
    assert.equal(decoder.push(stream.subarray(-1)).length, 1);
  });

  it("without JSON, or without a list, are refused", () => {
    for (const text of ["{", "{}", "null", '"x"']) assert.throws(() => new FrameDecoder().push(frame(text)), FrameError, text);
  });
});

describe("messages of a runner", () => {
  const call = { type: "call", attempt: 1, call: 1, op: "sleep", args: "{}", site: "" };
  const end = { type: "end", attempt: 1, ending: { kind: "completed", value: "null" }, cpuMs: 1, heapBytes: 1, lingers: false };

  it("of the right shape are taken, and nothing else of them", () => {
    assert.deepEqual(parseRunnerMessage({ ...call, extra: 1 }), call);
    assert.deepEqual(parseRunnerMessage(end), end);
  });

  const forged: Record<string, unknown> = {
    "no object": 5,
    "an unknown type": { type: "admin" },
    "a negative number": { ...call, call: -1 },
    "a fraction": { ...call, attempt: 1.5 },
    "arguments that are no text": { ...call, args: {} },
    "arguments that are too long": { ...call, args: "x".repeat(3_000_000) },
    "an unknown stream": { type: "emit", attempt: 1, entry: 1, kind: "audit", body: "1", at: 1 },
    "a time that is no number": { type: "emit", attempt: 1, entry: 1, kind: "log", body: "1", at: "now" },
    "an unknown failure": { ...end, ending: { kind: "failed", failureCode: "won", error: { name: "a", message: "b", stack: "" } } },
    "an ending without error": { ...end, ending: { kind: "failed", failureCode: "error" } },
    "an unknown ending": { ...end, ending: { kind: "escaped" } },
  };
  for (const [what, message] of Object.entries(forged)) {
    it(`with ${what} are refused`, () => {
      assert.throws(() => parseRunnerMessage(message), FrameError);
    });
  }
});
