import assert from "node:assert/strict";
import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import { createClient } from "../../../extension/model/client/client.ts";
import type { EventSocketListener } from "../../../extension/model/client/event-socket.ts";
import { createEvents, type JobListener } from "../../../extension/model/events.ts";
import { handTimers } from "./timers.ts";

const entry = (seq: number): StreamedEntry => ({ seq, at: "2026-01-01T00:00:00.000Z", kind: "log", level: "info", message: String(seq) });

function world() {
  const timers = handTimers();
  const sockets: { sent: unknown[]; listener: EventSocketListener; dropped: boolean }[] = [];
  const client = createClient({ address: { url: "http://engine.example" }, token: "rwt_1", send: async () => assert.fail() });
  const events = createEvents({
    client: async () => client,
    open(_address, _token, listener) {
      const one = { sent: [] as unknown[], listener, dropped: false };
      sockets.push(one);
      return {
        send: (text) => void one.sent.push(JSON.parse(text)),
        drop() {
          one.dropped = true;
        },
      };
    },
    timers,
    chance: () => 0.5,
  });
  const heard: string[] = [];
  const listener = (name: string): JobListener => ({
    onEntries: (entries) => heard.push(`${name}: ${entries.map(({ seq }) => seq).join()}`),
    onStatus: ({ to }) => heard.push(`${name} ${to}`),
    onEnded: () => heard.push(`${name} ended`),
    onRefused: (detail) => heard.push(`${name} refused: ${detail}`),
    onLive: (isLive) => heard.push(`${name} ${isLive ? "live" : "not live"}`),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { timers, sockets, events, heard, listener, settle };
}

describe("the events socket of the extension", () => {
  it("tells each entry once and in order, though the connection breaks and what was told comes again", async () => {
    const { events, sockets, heard, listener, settle, timers } = world();
    events.follow("job_1", 0, listener("one"));
    await settle();
    sockets[0]?.listener.onOpen();
    sockets[0]?.listener.onText(JSON.stringify({ type: "entries", job: "job_1", entries: [entry(1), entry(2)] }));
    sockets[0]?.listener.onClose();
    await timers.advance(500);
    await settle();
    sockets[1]?.listener.onOpen();
    assert.deepEqual(sockets[1]?.sent, [{ subscribe: { job: "job_1", after: 2 } }]);
    sockets[1]?.listener.onText(JSON.stringify({ type: "entries", job: "job_1", entries: [entry(2), entry(3)] }));
    sockets[1]?.listener.onText(JSON.stringify({ type: "ended", job: "job_1", status: "completed" }));
    assert.deepEqual(heard, ["one live", "one: 1,2", "one not live", "one live", "one: 3", "one ended"]);
    // Nobody follows any more.
    assert.equal(sockets[1]?.dropped, true);
    assert.equal(timers.waiting(), 0);
  });

  it("asks after the connection broke for what the one who knows least hasn't seen, whoever follows the same job for its end alone", async () => {
    const { events, sockets, listener, settle, timers } = world();
    events.follow("job_1", 7, listener("document"));
    events.follow("job_1", 1_000, listener("end"));
    await settle();
    sockets[0]?.listener.onOpen();
    sockets[0]?.listener.onClose();
    await timers.advance(1_000);
    await settle();
    sockets[1]?.listener.onOpen();
    assert.deepEqual(sockets[1]?.sent, [{ subscribe: { job: "job_1", after: 7 } }]);
  });

  it("has one connection for all jobs, and none when nobody follows one", async () => {
    const { events, sockets, listener, settle } = world();
    const leaveOne = events.follow("job_1", 0, listener("one"));
    const leaveTwo = events.follow("job_2", 5, listener("two"));
    await settle();
    assert.equal(sockets.length, 1);
    sockets[0]?.listener.onOpen();
    leaveOne();
    assert.deepEqual(sockets[0]?.sent.at(-1), { unsubscribe: { job: "job_1" } });
    assert.equal(sockets[0]?.dropped, false);
    leaveTwo();
    assert.equal(sockets[0]?.dropped, true);
  });

  it("leaves out what it doesn't understand, and passes on what the engine refuses", async () => {
    const { events, sockets, heard, listener, settle } = world();
    events.follow("job_1", 0, listener("one"));
    await settle();
    sockets[0]?.listener.onOpen();
    for (const text of ["garbage", "null", "[]", '{"type":"later","job":"job_1"}', '{"type":"entries","job":"job_1","entries":7}'])
      sockets[0]?.listener.onText(text);
    sockets[0]?.listener.onText(JSON.stringify({ type: "error", job: "job_1", code: "JOB_NOT_FOUND", detail: "there is no job" }));
    assert.deepEqual(heard, ["one live", "one refused: there is no job"]);
  });

  it("leaves out what isn't an entry or a change of state, and goes on", async () => {
    const { events, sockets, heard, listener, settle } = world();
    events.follow("job_1", 0, listener("one"));
    await settle();
    const say = (message: object) => sockets[0]?.listener.onText(JSON.stringify({ job: "job_1", ...message }));
    sockets[0]?.listener.onOpen();
    for (const transition of [null, 1, {}, { to: "running" }]) say({ type: "status", transition });
    for (const entries of [[null], [{ seq: 1 }], [{ ...entry(1), kind: "poem" }], [{ ...entry(1), message: 7 }], [{ ...entry(1), at: null }], {}])
      say({ type: "entries", entries });
    say({ type: "entries", entries: [null, entry(2), { seq: 3 }] });
    assert.deepEqual(heard, ["one live", "one: 2"]);
    events.stop();
  });
});
