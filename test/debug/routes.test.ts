import assert from "node:assert/strict";
import WebSocket from "ws";
import { rig as httpRig, type Rig, upload } from "../http/rig.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";

describe("the doors of debugging", function () {
  this.timeout(30_000);
  let rig: Rig;
  let url: string;
  let author: string;
  let other: string;

  before(async () => {
    rig = await httpRig();
    url = (await rig.http.listen()).url;
    author = await rig.tokenFor("ada", { role: "author", scope: "/" });
    other = await rig.tokenFor("eve", { role: "author", scope: "/" });
    await rig.ask("PUT", "/api/v1/runbooks/probe/draft", { body: upload("probe", 'async ({ log }) => { log("begun"); throw new Error("no"); }') });
  });
  after(() => rig.stop());

  const begin = (more: object = {}, token = author) => rig.ask("POST", "/api/v1/debug", { token, body: { runbook: "probe", draft: true, ...more } });

  /** How the connection is answered: with a socket, or as a request that was refused. */
  async function connect(
    session: string,
    { ticket, token = author, at = url }: { ticket: string; token?: string; at?: string },
  ): Promise<WebSocket | { status: number; code: string }> {
    const socket = new WebSocket(`${at.replace("http", "ws")}/api/v1/debug/${session}`, {
      headers: { authorization: `Bearer ${token}`, "runwright-ticket": ticket },
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(socket));
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).code }));
      });
    });
  }
  const opened = async (...how: Parameters<typeof connect>): Promise<WebSocket> => {
    const socket = await connect(...how);
    assert.ok(socket instanceof WebSocket, JSON.stringify(socket));
    return socket;
  };

  it("begin a job of the draft for an author, and end it with the connection; the activity log has both", async () => {
    const { status, body } = await begin();
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.job.debug, body.job.status, body.job.version], ["run", "running", null]);
    const socket = await opened(body.session, body);
    const heard: { type: string }[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    await eventually("the process", () => heard.some(({ type }) => type === "ready"));
    socket.close();
    const job = await eventually("the job's end", async () => {
      const { body: now } = await rig.ask("GET", `/api/v1/jobs/${body.job.id}`);
      return now.status === "stopped" && now;
    });
    assert.equal(job.debug, "run");
    const entries = await eventually("the entry of the end", async () => {
      const found = (await rig.activity()).filter(({ target }) => target === `job:${body.job.id}`);
      return found.length === 2 && found;
    });
    assert.deepEqual(entries.map(({ operation }) => operation).sort(), ["debug.begin", "debug.end"]);
    assert.doesNotMatch(JSON.stringify(await rig.activity()), new RegExp(body.ticket));
  });

  it("run the code at once for a client without a debugger, and say how it ended", async () => {
    const { body } = await begin({ inspect: false });
    const socket = await opened(body.session, body);
    const heard: any[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    socket.send(JSON.stringify({ type: "begin" }));
    const ended = await eventually("the end", () => heard.find(({ type }) => type === "ended"));
    assert.deepEqual([ended.status, ended.failureCode, ended.error.message], ["failed", "error", "no"]);
    await eventually("the close", () => socket.readyState === WebSocket.CLOSED);
  });

  it("refuse a ticket that comes late", async () => {
    const clock = testClock(Date.now());
    const other = await httpRig({ clock });
    try {
      await other.ask("PUT", "/api/v1/runbooks/probe/draft", { body: upload("probe", "async () => {}") });
      const { url } = await other.http.listen();
      const { body } = await other.ask("POST", "/api/v1/debug", { body: { runbook: "probe", draft: true } });
      clock.advance(Date.parse(body.expiresAt) - clock.now() + 1);
      assert.deepEqual(await connect(body.session, { ticket: body.ticket, token: other.admin, at: url }), { status: 403, code: "TICKET_INVALID" });
    } finally {
      await other.stop();
    }
  });

  it("refuse a ticket of someone else, a wrong one, a used one", async () => {
    const { body } = await begin();
    assert.deepEqual(await connect(body.session, { ticket: body.ticket, token: other }), { status: 403, code: "TICKET_INVALID" });
    assert.deepEqual(await connect(body.session, { ticket: "wrong" }), { status: 403, code: "TICKET_INVALID" });
    const socket = await opened(body.session, body);
    assert.deepEqual(await connect(body.session, body), { status: 403, code: "TICKET_INVALID" });
    socket.close();
    await eventually("the end of the session", async () => ((await connect(body.session, body)) as { status: number }).status === 404);
  });

  it("are for authors", async () => {
    const operator = await rig.tokenFor("otto", { role: "operator", scope: "/" });
    assert.equal((await begin({}, operator)).status, 403);
    const elsewhere = await rig.tokenFor("eli", { role: "author", scope: "/elsewhere" }, { role: "reader", scope: "/" });
    assert.equal((await begin({}, elsewhere)).status, 403);
  });

  it("refuse what doesn't fit: another bundle by now, a machine that there isn't, both draft and version, no such runbook", async () => {
    const codes = [];
    for (const more of [
      { bundleHash: "0".repeat(64) },
      { machine: "nobody" },
      { machine: "web-*" },
      { version: 1 },
      { runbook: "none" },
      { draft: false, version: 9 },
      { sourceRoot: "no url" },
    ]) {
      codes.push((await begin(more)).body.code);
    }
    assert.deepEqual(codes, ["CONFLICT", "MACHINE_NOT_FOUND", "MACHINE_NOT_FOUND", "BAD_REQUEST", "RUNBOOK_NOT_FOUND", "VERSION_NOT_FOUND", "BAD_REQUEST"]);
  });

  it("answer nonsense on the connection in words, and go on", async () => {
    const { body } = await begin();
    const socket = await opened(body.session, body);
    const heard: any[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    await eventually("the process", () => heard.some(({ type }) => type === "ready"));
    for (const text of ["no JSON", "{}", '{"type":"inspector","message":"{"}', '{"type":"answer","call":1,"allow":true}']) socket.send(text);
    socket.send(JSON.stringify({ type: "inspector", message: JSON.stringify({ id: 1, method: "Runtime.enable" }) }));
    await eventually("an answer", () => heard.some(({ type }) => type === "inspector"));
    assert.deepEqual(
      heard.filter(({ type }) => type === "error").map(({ code }) => code),
      Array(4).fill("BAD_REQUEST"),
    );
    socket.close();
  });

  it("replay an ended job for an author, and say so in lists", async () => {
    const { body: job } = await rig.ask("POST", "/api/v1/runbooks/probe/jobs?wait=20s", { body: { draft: true } });
    assert.equal(job.status, "failed");
    const { status, body } = await rig.ask("POST", `/api/v1/jobs/${job.id}/replay`, { token: author, body: { inspect: false } });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.job.debug, body.job.replayOf], ["replay", job.id]);
    const socket = await opened(body.session, body);
    socket.close();
    const operator = await rig.tokenFor("olga", { role: "operator", scope: "/" });
    assert.equal((await rig.ask("POST", `/api/v1/jobs/${job.id}/replay`, { token: operator, body: {} })).status, 403);
  });
});
