import assert from "node:assert/strict";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import WebSocket from "ws";
import { systemClock } from "../../engine/clock.ts";
import { openTls, ownNames, pinOf } from "../../engine/http/tls.ts";
import { testClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP on real sockets", function () {
  this.timeout(60_000);
  let all: Rig;
  let url: string;
  before(async () => {
    all = await rig();
    url = (await all.http.listen()).url;
    await all.ask("POST", "/api/v1/runbooks/count/publish", {
      body: upload(
        "count",
        "async ({ params, output, sleep }) => { for (let i = 1; i <= params.to; i++) { output(i); if (i % 50 === 0) await sleep(20); } }",
        `parameters: { type: "object", required: ["to"], properties: { to: { type: "integer" } } },`,
      ),
    });
  });
  after(() => all.stop());

  const start = async (to: number): Promise<string> => (await all.ask("POST", "/api/v1/runbooks/count/jobs", { body: { params: { to } } })).body.id;

  /** All messages of a subscription up to its end. */
  async function follow(job: string, after = 0, until: (message: any) => boolean = (message) => message.type === "ended"): Promise<any[]> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${all.admin}` } });
    const messages: any[] = [];
    socket.on("open", () => socket.send(JSON.stringify({ subscribe: { job, after } })));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      messages.push(message);
      if (until(message) || message.type === "error") socket.close();
    });
    await once(socket, "close");
    return messages;
  }
  const numbers = (messages: any[]): number[] =>
    messages.flatMap((message) => (message.type === "entries" ? message.entries.map((entry: any) => entry.seq) : []));

  it("serve requests that offer another protocol as if they didn't, with their bodies", async () => {
    const { hostname, port } = new URL(url);
    for (const offered of ["h2c", "websocket"]) {
      const socket = connect(Number(port), hostname);
      const head = ["POST /api/v1/login/device HTTP/1.1", "Host: x", "Connection: Upgrade, close", `Upgrade: ${offered}`];
      socket.write([...head, "Content-Type: application/json", "Content-Length: 14", "", ""].join("\r\n"));
      setTimeout(() => socket.write('{"client":"x"}'), 50);
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      await once(socket, "close");
      assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*deviceCode/, offered);
    }
  });

  it("stream each entry once and in order while the job runs, its moves in between, and its end last", async () => {
    const id = await start(300);
    const messages = await follow(id);
    assert.deepEqual(
      numbers(messages),
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    assert.deepEqual(
      messages.filter((message) => message.type === "status").map((message) => message.transition.to),
      ["queued", "running", "completed"],
    );
    assert.deepEqual(messages.at(-1), { type: "ended", job: id, status: "completed" });
  });

  it("resume after the last entry that was seen, without gap or repetition, also when the job has ended", async () => {
    const id = await start(250);
    const first = await follow(id, 0, (message) => message.type === "entries");
    const seen = numbers(first);
    const rest = numbers(await follow(id, seen.at(-1)));
    assert.deepEqual(
      [...seen, ...rest],
      Array.from({ length: 250 }, (_, i) => i + 1),
    );
    assert.deepEqual(numbers(await follow(id, 240)), [241, 242, 243, 244, 245, 246, 247, 248, 249, 250]);
  });

  it("let many watch the same job", async () => {
    const id = await start(120);
    const watched = await Promise.all(Array.from({ length: 20 }, () => follow(id)));
    for (const messages of watched)
      assert.deepEqual(
        numbers(messages),
        Array.from({ length: 120 }, (_, i) => i + 1),
      );
  });

  it("refuse an events socket without a good token as an ordinary answer, and take a token from a browser", async () => {
    const status = (headers: Record<string, string>, protocols: string[] = []) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, protocols, { headers });
        socket.on("unexpected-response", (_, response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        socket.on("open", () => {
          socket.close();
          resolve(101);
        });
        socket.on("error", reject);
      });
    assert.equal(await status({}), 401);
    assert.equal(await status({ authorization: "Bearer nonsense" }), 401);
    assert.equal(await status({}, ["runwright.events", `bearer.${all.admin}`]), 101);
    assert.equal((await all.ask("GET", "/api/v1/events")).status, 400);
  });

  it("tell on the events socket what can't be subscribed, and stay open", async () => {
    const [error] = await follow("job_nope");
    assert.deepEqual([error.type, error.code], ["error", "JOB_NOT_FOUND"]);
    const dev = await all.tokenFor("socket-dev", { role: "reader", scope: "/dev" });
    const id = await start(1);
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${dev}` } });
    await once(socket, "open");
    for (const text of [JSON.stringify({ subscribe: { job: id } }), "not json", JSON.stringify({ nonsense: 1 })]) {
      socket.send(text);
      const [data] = await once(socket, "message");
      const message = JSON.parse(String(data));
      assert.equal(message.type, "error");
      assert.ok(["JOB_NOT_FOUND", "BAD_REQUEST"].includes(message.code));
    }
    socket.close();
    await once(socket, "close");
  });

  it("close an events socket soon after its token was revoked", async () => {
    const token = await all.adminToken({});
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${token.text}` } });
    await once(socket, "open");
    await all.ask("DELETE", `/api/v1/tokens/${token.id}`);
    const [code] = await once(socket, "close");
    assert.equal(code, 4401);
  });

  it("tell no more of a job to whoever may not see it any more", async () => {
    const endless = upload("endless", "async ({ output, sleep }) => { for (;;) { output(1); await sleep(100); } }");
    await all.ask("POST", "/api/v1/runbooks/endless/publish", { body: endless });
    const { id } = (await all.ask("POST", "/api/v1/runbooks/endless/jobs", { body: {} })).body;
    const token = await all.tokenFor("fired", { role: "reader", scope: "/" });
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    socket.on("open", () => socket.send(JSON.stringify({ subscribe: { job: id } })));
    await once(socket, "message");
    const fired = (await all.ask("GET", "/api/v1/principals")).body.items.find((one: { name: string }) => one.name === "fired");
    const grants = [{ role: "reader", scope: "/elsewhere" }];
    assert.equal((await all.ask("PUT", `/api/v1/principals/${fired.id}/grants`, { body: { grants } })).status, 200);
    const error = await new Promise<any>((resolve) => {
      socket.on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.type === "error" || message.type === "ended") resolve(message);
      });
    });
    assert.deepEqual([error.type, error.job, error.code], ["error", id, "JOB_NOT_FOUND"]);
    socket.close();
    await once(socket, "close");
    await all.ask("POST", `/api/v1/jobs/${id}/stop`);
  });

  it("refuse 10 MB of parameters with an answer that the sender can read", async () => {
    const answer = await fetch(`${url}/api/v1/runbooks/count/jobs`, {
      method: "POST",
      headers: { authorization: `Bearer ${all.admin}`, "content-type": "application/json" },
      body: JSON.stringify({ params: { to: 1, text: "x".repeat(10 * 1024 * 1024) } }),
    });
    const problem: any = await answer.json();
    assert.deepEqual([answer.status, problem.code], [413, "TOO_LARGE"]);
    assert.match(problem.detail, /\d+ KB/, "the message names the limit");
    const unsigned = await fetch(`${url}/api/v1/runbooks/count/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "x".repeat(10 * 1024 * 1024),
    });
    assert.deepEqual([unsigned.status, ((await unsigned.json()) as any).code], [401, "UNAUTHENTICATED"]);
  });

  it("answer rubbish on the wire, and go on", async () => {
    for (const rubbish of ["\x00\x01\x02\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`]) {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.on("error", () => {}); // a reset is an answer to rubbish
      socket.write(rubbish);
      socket.resume();
      await closed;
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("take forwarded addresses from named proxies only", async () => {
    const address = async (options: object) => {
      const one = await rig({ options });
      try {
        const { url: at } = await one.http.listen();
        await fetch(`${at}/api/v1/assets/x`, {
          method: "DELETE",
          headers: { authorization: `Bearer ${one.admin}`, "x-forwarded-for": "203.0.113.9", "x-request-id": "forwarded-1" },
        });
        await fetch(`${at}/api/v1/assets/x`, { method: "PUT", headers: { "x-forwarded-for": "203.0.113.9", "x-request-id": "forwarded-2" } });
        return (await one.activity()).find((entry) => entry.correlationId === "forwarded-2")?.address;
      } finally {
        await one.stop();
      }
    };
    assert.equal(await address({}), "127.0.0.1");
    assert.equal(await address({ trustedProxies: ["127.0.0.0/8"] }), "203.0.113.9");
    assert.equal(await address({ trustedProxies: ["198.51.100.7"] }), "127.0.0.1");
  });

  it("name who waits for a job that hasn't ended when the engine stops, instead of hanging", async () => {
    const one = await rig();
    const { url: at } = await one.http.listen();
    await one.ask("POST", "/api/v1/runbooks/long/publish", { body: upload("long", "async ({ sleep }) => sleep('1h')") });
    const waiting = fetch(`${at}/api/v1/runbooks/long/jobs?wait=60s`, {
      method: "POST",
      headers: { authorization: `Bearer ${one.admin}`, "content-type": "application/json" },
      body: "{}",
    });
    while ((await one.ask("GET", "/api/v1/jobs?runbook=long")).body.items.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await one.stop();
    const answer = await waiting;
    assert.equal(answer.status, 202);
    assert.equal(((await answer.json()) as any).runbook, "long");
  });
});

describe("HTTPS", function () {
  this.timeout(30_000);

  it("serves a self-signed certificate that is made once, and renewed with the same key and pin", async () => {
    await using directory = await temporaryDirectory();
    const source = { kind: "selfSigned", directory: directory.path, names: ownNames("0.0.0.0") } as const;
    const longAgo = testClock(systemClock.now() - 820 * 86_400_000);
    const tls = await openTls(source, longAgo);
    assert.equal((await stat(join(directory.path, "tls.key"))).mode & 0o777, 0o600);
    assert.equal((await openTls(source, longAgo)).certificate, tls.certificate);
    const later = await openTls(source, systemClock);
    assert.notEqual(later.certificate, tls.certificate);
    assert.equal(later.pin, tls.pin);

    const all = await rig({ options: { tls: later } });
    try {
      const { url, tlsPin } = await all.http.listen();
      assert.equal(tlsPin, tls.pin);
      assert.match(url, /^https:/);
      await assert.rejects(fetch(`${url}/healthz`));
      const seen = await new Promise<string>((resolve, reject) => {
        const request = tlsRequest(`${url}/healthz`, { ca: later.certificate, checkServerIdentity: () => undefined }, (response) => {
          response.resume();
          resolve(pinOf((response.socket as import("node:tls").TLSSocket).getPeerCertificate().raw));
        });
        request.on("error", reject).end();
      });
      assert.equal(seen, tls.pin);
      const made = await all.ask("POST", "/api/v1/join-tokens", { body: {} });
      const token = JSON.parse(Buffer.from(made.body.token.slice(4), "base64url").toString());
      assert.equal(token.tlsPin, tls.pin);
    } finally {
      await all.stop();
    }
  });

  it("says what is wrong with an own certificate", async () => {
    await assert.rejects(openTls({ kind: "own", keyFile: "/nowhere/key.pem", certificateFile: "/nowhere/cert.pem" }, systemClock), {
      code: "CONFIG_INVALID",
      message: /cert\.pem/,
    });
  });

  it("says that the port is taken", async () => {
    const one = await rig();
    try {
      const { port } = await one.http.listen();
      const other = await rig({ options: { port } });
      try {
        await assert.rejects(other.http.listen(), { code: "PORT_TAKEN", message: new RegExp(`${port}.*--port`) });
      } finally {
        await other.stop();
      }
    } finally {
      await one.stop();
    }
  });
});
