import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBroker } from "../../engine/sandbox/broker.ts";
import { createRunnerSlot, type RunnerSlot } from "../../engine/sandbox/runner-slot.ts";
import { eventually } from "../support/eventually.ts";
import { attemptOf, emptyJob, memoryJournal, systemClock } from "./rig.ts";

/** A runner whose code an attacker controls: it says it is ready and answers the first attempt with whatever the test wants. */
const HOSTILE = `
import { Socket } from "node:net";
const channel = new Socket({ fd: 3, readable: true, writable: true });
const send = (...messages) => { const body = Buffer.from(JSON.stringify(messages)); const header = Buffer.alloc(4); header.writeUInt32BE(body.length); channel.write(Buffer.concat([header, body])); };
send({ type: "ready", uid: null, runtime: "hostile" });
let buffer = Buffer.alloc(0);
channel.on("data", (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32BE()) {
    const size = buffer.readUInt32BE();
    for (const message of JSON.parse(buffer.subarray(4, 4 + size))) if (message.type === "start") attack(message.attempt); else if (message.type === "stop") stopped?.(message.attempt);
    buffer = buffer.subarray(4 + size);
  }
});
channel.on("close", () => process.exit(0));
setInterval(() => {}, 1000);
let stopped;
function attack(attempt) { ATTACK }
`;

const CALL = `type: "call", op: "variables.get", args: '{"name":"a"}', site: ""`;

const ATTACKS: [what: string, code: string, reason: RegExp][] = [
  [
    "announces a frame of a gigabyte",
    "const header = Buffer.alloc(4); header.writeUInt32BE(2 ** 30); channel.write(header); channel.write(Buffer.alloc(65536));",
    /1073741824 bytes was announced/,
  ],
  [
    "sends what is no JSON",
    'const body = Buffer.from("{{{{"); const header = Buffer.alloc(4); header.writeUInt32BE(4); channel.write(Buffer.concat([header, body]));',
    /no JSON/,
  ],
  ["speaks of an attempt that it doesn't have", `send({ ${CALL}, attempt: attempt + 1, call: 1 });`, /attempt \d+, which it doesn't have/],
  ["repeats a call number", `send({ ${CALL}, attempt, call: 1 }, { ${CALL}, attempt, call: 1 });`, /call 1 came after call 1/],
  ["skips a call number", `send({ ${CALL}, attempt, call: 2 });`, /call 2 came after call 0/],
  ["skips a stream entry", 'send({ type: "emit", attempt, entry: 5, kind: "output", body: "1", at: 0 });', /stream entry 5 came after 0/],
  ["sends arguments that are no JSON", 'send({ type: "call", attempt, call: 1, op: "variables.get", args: "{", site: "" });', /hold no JSON/],
  [
    "sends a log entry of an unknown level",
    `send({ type: "emit", attempt, entry: 1, kind: "log", body: '{"level":"root","message":"x"}', at: 0 });`,
    /no level or message/,
  ],
  ["says twice that it is ready", 'send({ type: "ready", uid: null, runtime: "again" });', /twice/],
  ["says of an isolate that it doesn't have that it is gone", 'send({ type: "gone", attempt: attempt + 5 });', /isn't being ended/],
  ["says that it stopped unasked", 'send({ type: "end", attempt, ending: { kind: "stopped" }, cpuMs: 0, heapBytes: 0 });', /unasked/],
  ["ends", "process.exit(7);", /code 7|closed its channel/],
];

describe("a hostile runner", () => {
  let folder: string;
  let slot: RunnerSlot | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "runwright-hostile-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await slot?.stop();
    slot = undefined;
  });

  async function attacked(code: string) {
    const file = join(folder, "runner.mjs");
    writeFileSync(
      file,
      HOSTILE.replace("ATTACK", () => code),
    );
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    slot = createRunnerSlot({
      name: "hostile",
      command: { program: process.execPath, args: [file], env: {} },
      clock: systemClock,
      log,
      recycleAfter: 100,
      onReady: resolve,
      onFreed: () => {},
    });
    await ready;
    const kept = emptyJob();
    const attempt = attemptOf("", { permissions: { variables: ["a"] } });
    const { number, send } = slot.join(
      { memoryMb: 64, receive: (message) => broker.receive(message), lost: (reason, blameless) => broker.lose(reason, blameless) },
      { hash: attempt.bundleHash, text: attempt.bundle },
    );
    const broker = createBroker({
      patienceMs: Number.POSITIVE_INFINITY,
      releaseFromMs: Number.POSITIVE_INFINITY,
      attempt,
      journal: memoryJournal(kept),
      catalogue: new Map([
        [
          "variables.get",
          {
            op: "variables.get",
            effect: "read",
            check: () => undefined,
            perform: (_args, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
          },
        ],
      ]),
      argsHashKey: new Uint8Array(32),
      clock: systemClock,
      number,
      send,
      onUnresponsive: () => slot?.kill("it didn't answer"),
    });
    broker.begin();
    return { broker, kept, tellStop: () => send({ type: "stop", attempt: number }) };
  }

  for (const [what, code, reason] of ATTACKS) {
    it(`that ${what} loses its attempts and changes nothing`, async () => {
      const { broker, kept } = await attacked(code);
      const ending = await broker.ended;
      assert.equal(ending.kind, "lost");
      if (ending.kind === "lost") assert.match(ending.reason, reason);
      assert.deepEqual(kept.entries, []);
    });
  }

  it("that ignores a stop is killed, and the job is stopped all the same", async () => {
    const { broker } = await attacked("");
    broker.stop();
    assert.equal((await broker.ended).kind, "stopped");
  });

  it("that takes too much memory is ended from outside", async () => {
    const { broker } = await attacked(
      "const kept = []; globalThis.kept = kept; const more = () => { if (kept.length < 40) { kept.push(Buffer.alloc(32 * 1024 * 1024, 1)); setImmediate(more); } }; more();",
    );
    const ending = await broker.ended;
    assert.equal(ending.kind, "failed");
    if (ending.kind === "failed") assert.equal(ending.failureCode, "memory");
  });

  it("gets no attempt while an isolate of an ended one may take it along, and gets some again when that is gone", async () => {
    const end =
      'send({ type: "end", attempt, ending: { kind: "failed", failureCode: "error", error: { name: "Error", message: "", stack: "" } }, cpuMs: 0, heapBytes: 0, lingers: true });';
    const { broker, tellStop } = await attacked(`stopped = () => send({ type: "gone", attempt }); ${end}`);
    assert.equal((await broker.ended).kind, "failed");
    assert.deepEqual([slot?.attempts, slot?.isReady(), slot?.isHeldUp()], [0, false, true]);
    tellStop(); // this runner's sign to say that it is gone
    await eventually("it takes attempts", () => slot?.isReady());
    assert.equal(slot?.isHeldUp(), false);
  });

  it("can't make the engine hold what it floods it with", async () => {
    const flood = `const args = JSON.stringify({ name: "x".repeat(1_900_000) }); for (let call = 1; call < 200; call++) send({ type: "call", attempt, call, op: "variables.get", args, site: "" });`;
    const before = process.memoryUsage().rss;
    const { broker } = await attacked(flood);
    const ending = await broker.ended;
    assert.ok(ending.kind === "failed" || ending.kind === "lost", JSON.stringify(ending).slice(0, 200));
    assert.ok(process.memoryUsage().rss - before < 600 * 1024 * 1024);
  });
});
