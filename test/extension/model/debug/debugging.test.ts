import assert from "node:assert/strict";
import { join } from "node:path";
import type { DebugBegun } from "../../../../engine/protocol/http/debug.ts";
import type { SocketListener } from "../../../../extension/model/client/web-socket.ts";
import { createAdapter, type DapMessage } from "../../../../extension/model/debug/adapter.ts";
import { wishesIn } from "../../../../extension/model/debug/configuration.ts";
import { debugMessageIn } from "../../../../extension/model/debug/debug-message.ts";
import { connectSession, type RelayWishes } from "../../../../extension/model/debug/debug-session.ts";
import { isAsRecorded, placesOf } from "../../../../extension/model/debug/recorded-sources.ts";
import { endText, questionText, siteOf, stepText } from "../../../../extension/model/debug/step-text.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a launch configuration", () => {
  it("says what is wrong with it, and what it takes", () => {
    const launch = { request: "launch", program: "/a/b.ts" };
    const attach = { request: "attach", job: "job_1" };
    const WRONG: [object, RegExp][] = [
      [{ ...launch, program: "" }, /"program".*path/],
      [{ ...launch, params: [1] }, /"params".*object/],
      [{ ...launch, dry: "yes" }, /"dry".*true or false/],
      [{ ...launch, machine: "" }, /"machine".*one machine/],
      [{ ...launch, fleet: "" }, /"fleet".*path/],
      [{ ...launch, fleet: "/a/b.fleet.ts", machine: "web-1" }, /"fleet".*no "machine"/],
      [{ ...launch, version: 0 }, /"version".*from 1/],
      [{ ...attach, job: 7 }, /"job".*has ended/],
      [{ ...attach, from: 1.5 }, /"from".*call/],
      [{ ...attach, allow: "machines.exec" }, /"allow".*machines\.exec/],
    ];
    for (const [configuration, says] of WRONG) assert.throws(() => wishesIn({ ...configuration }), says);
    assert.deepEqual(wishesIn(launch), { kind: "run", program: "/a/b.ts", version: undefined, params: undefined, dry: false, machine: undefined });
    const fleet = "/a/b.fleet.ts";
    assert.deepEqual(wishesIn({ ...launch, fleet }), { kind: "fleet", program: "/a/b.ts", fleet, params: undefined, dry: false });
    assert.deepEqual(wishesIn({ ...attach, from: 3 }), { kind: "replay", job: "job_1", from: 3, allow: [] });
  });
});

describe("the sources of a job", () => {
  const sources = [
    { path: "steps.ts", text: "one\n" },
    { path: "lib/more.ts", text: "two\n" },
    { path: "../node_modules/x/index.js", text: "of a package" },
  ];
  const holding = (files: Record<string, string>) => (path: string) => Promise.resolve(files[path]);
  it("are those of a folder that holds exactly these, whatever its line ends", async () => {
    const [steps, more] = [join("/w", "steps.ts"), join("/w", "lib/more.ts")];
    assert.equal(await isAsRecorded(sources, "/w", holding({ [steps]: "one\r\n", [more]: "two\n" })), true);
    assert.equal(await isAsRecorded(sources, "/w", holding({ [steps]: "one\n", [more]: "changed\n" })), false);
    assert.equal(await isAsRecorded(sources, "/w", holding({ [steps]: "one\n" })), false);
    assert.equal(await isAsRecorded([], "/w", holding({})), false);
  });
  it("are never written outside of their folder, whatever an engine calls them", () => {
    const hostile = ["../../etc/passwd", "/etc/passwd", "a/../../b.ts", "", ".", "lib/ok.ts"].map((path) => ({ path, text: "" }));
    assert.deepEqual(
      placesOf(hostile, "/w/recorded").map(({ path }) => path),
      [join("/w/recorded", "etc/passwd"), join("/w/recorded", "lib/ok.ts")],
    );
  });
});

describe("what is said of a session", () => {
  const step = {
    call: 3,
    op: "machines.exec",
    effect: "write",
    how: "withheld",
    args: { argv: ["ls"] },
    ok: true,
    outcome: { exitCode: 0 },
    site: "a.ts:1:2",
  } as const;
  it("names each call, and whether it was done", () => {
    assert.equal(stepText(step), 'call 3  machines.exec({"argv":["ls"]})\n  NOT done; it would have been: {"exitCode":0}');
    assert.match(stepText({ ...step, how: "recorded", ok: false, outcome: { name: "Error" } }), /as recorded: failed with \{"name":"Error"\}/);
    assert.ok(stepText({ ...step, outcome: "x".repeat(10_000) }).length < 500);
    assert.match(questionText({ ...step }).detail, /machines\.exec\(.*\)\nat a\.ts:1:2/);
    assert.match(questionText({ ...step, op: "jobs.start" }).detail, /isn't a replay: it does its writes without a question/);
    assert.deepEqual(siteOf("lib/a.ts:12:5"), { path: "lib/a.ts", line: 12, column: 5 });
    assert.equal(siteOf("nowhere"), undefined);
  });
  it("tells how the job has ended, or why the session has", () => {
    const ended = {
      type: "ended",
      job: "job_1",
      status: "failed",
      failureCode: "error",
      error: { name: "Error", message: "full", stack: "at a.ts:1:2" },
    } as const;
    assert.deepEqual(endText(ended, undefined), { text: "job_1 failed, error\nError: full\nat a.ts:1:2", isFine: false });
    assert.equal(endText({ ...ended, status: "completed", failureCode: null, error: null }, undefined).isFine, true);
    assert.match(endText(undefined, "it was idle").text, /it was idle/);
  });
});

describe("messages of a debug connection", () => {
  it("are passed over where they aren't whole, or of a newer engine", () => {
    for (const text of ["", "[]", "null", '{"type":"step"}', '{"type":"question","write":null}', '{"type":"dance"}', '{"type":"toString"}'])
      assert.equal(debugMessageIn(text), undefined, text);
    assert.deepEqual(debugMessageIn('{"type":"ready"}'), { type: "ready" });
  });
});

describe("a debug session", () => {
  function session({ answer = async () => true }: { answer?: () => Promise<boolean> } = {}) {
    const said: unknown[] = [];
    const heard: unknown[] = [];
    let engine: SocketListener | undefined;
    let relay: RelayWishes | undefined;
    let door: unknown;
    const { end } = connectSession({
      begun: { session: "dbg_1", ticket: "t1", job: { id: "job_1", runbook: "steps" } } as DebugBegun,
      file: "file:///a/steps.ts",
      open(wanted, listener) {
        door = wanted;
        engine = listener;
        return { send: (text) => void said.push(JSON.parse(text)), drop: () => void said.push("dropped") };
      },
      async relay(wishes) {
        relay = wishes;
        return { url: "ws://127.0.0.1:1/x", send: (message) => void heard.push(["debugger", message]), stop: async () => void heard.push("relay stopped") };
      },
      listener: {
        onListening: (url) => void heard.push(["listening", url]),
        onStep: ({ call }) => void heard.push(["step", call]),
        onHalted: (isHalted) => void heard.push(["halted", isHalted]),
        onQuestion: answer,
        onEnded: (ended, problem) => void heard.push(["ended", ended?.status, problem]),
      },
    });
    return {
      said,
      heard,
      end,
      door: () => door,
      hear: (message: object) => engine?.onText(JSON.stringify(message)),
      close: (why = "") => engine?.onClose(why),
      relay: () => relay,
    };
  }

  it("shows its ticket in a header, lets the debugger attach when the process is there, and passes on what both say", async () => {
    const one = session();
    assert.deepEqual(one.door(), { path: "/api/v1/debug/dbg_1", headers: { "runwright-ticket": "t1" } });
    one.hear({ type: "ready" });
    await settled();
    one.relay()?.onMessage('{"id":1}');
    one.hear({ type: "inspector", message: '{"id":1,"result":{}}' });
    one.hear({ type: "step", step: { call: 1 } });
    one.hear({ type: "ended", job: "job_1", status: "completed", failureCode: null, error: null });
    one.close();
    assert.deepEqual(one.said, [{ type: "inspector", message: '{"id":1}' }]);
    assert.deepEqual(one.heard, [
      ["listening", "ws://127.0.0.1:1/x"],
      ["debugger", '{"id":1,"result":{}}'],
      ["step", 1],
      "relay stopped",
      ["ended", "completed", undefined],
    ]);
  });

  it("ends with its debugger, and with its connection, once", async () => {
    const left = session();
    left.hear({ type: "ready" });
    await settled();
    left.relay()?.onLeft();
    left.end();
    left.close("later");
    assert.deepEqual([left.said, left.heard.slice(1)], [["dropped"], ["relay stopped", ["ended", undefined, undefined]]]);
    const lost = session();
    lost.hear({ type: "error", code: "BAD_REQUEST", detail: "of one message" });
    lost.hear({ type: "error", code: "SESSION_IDLE", detail: "it was idle" });
    lost.close();
    assert.deepEqual(lost.heard, [["ended", undefined, "it was idle"]]);
    const refused = session();
    refused.close("Unexpected server response: 403");
    assert.deepEqual(refused.heard, [["ended", undefined, "Unexpected server response: 403"]]);
  });

  it("allows a write only when somebody says so: not when the question fails, and not after its end", async () => {
    const ask = { type: "question", write: { call: 4, op: "machines.exec", args: {}, site: null } };
    const allowed = session();
    allowed.hear(ask);
    await settled();
    assert.deepEqual(allowed.said, [{ type: "answer", call: 4, allow: true }]);
    const failing = session({ answer: () => Promise.reject(new Error("the window was closed")) });
    failing.hear(ask);
    await settled();
    assert.deepEqual(failing.said, [{ type: "answer", call: 4, allow: false }]);
    const over = session();
    over.hear(ask);
    over.end();
    await settled();
    assert.deepEqual(over.said, ["dropped"]);
  });
});

describe("the debug adapter", () => {
  it("begins with the launch, tells what can't begin, and is over once", async () => {
    const sent: DapMessage[] = [];
    let ends = 0;
    const adapter = createAdapter({
      send: (message) => void sent.push(message),
      async begin({ fails }) {
        if (fails) throw new Error("the engine can't be reached");
      },
      end: () => void ends++,
    });
    const request = (command: string, more: object = {}) => adapter.take({ type: "request", seq: 1, command, arguments: more });
    request("initialize");
    request("launch", { fails: true });
    request("launch");
    request("setBreakpoints", { breakpoints: [{ line: 1 }, { line: 2 }] });
    request("disconnect");
    adapter.take("nonsense");
    await settled();
    const failed = sent.find(({ success }) => success === false);
    assert.equal(failed?.message, "the engine can't be reached");
    assert.ok(sent.some(({ event }) => event === "initialized"));
    assert.equal(ends, 1);
    adapter.print("hello", { path: "/a/b.ts", line: 3 });
    adapter.finished(0);
    adapter.finished(1);
    const [output, ...last] = sent.slice(-3);
    assert.deepEqual(output?.body, { category: "console", output: "hello\n", source: { name: "b.ts", path: "/a/b.ts" }, line: 3, column: undefined });
    assert.deepEqual(
      last.map(({ event }) => event),
      ["exited", "terminated"],
    );
    assert.equal(new Set(sent.map(({ seq }) => seq)).size, sent.length);
  });
});
