import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import Fastify from "fastify";
import WebSocket from "ws";
import type { App } from "../../engine/http/request.ts";
import { routeUpgrades, upgradeOf } from "../../engine/http/upgrade.ts";
import { createWebSockets } from "../../engine/http/web-sockets.ts";
import { eventually } from "../support/eventually.ts";
import { type Rig, rig, upload } from "./rig.ts";

/** So long that a stop that needs it shows as a test that doesn't end. */
const NEVER_MS = 2 ** 31 - 1;

const head = (...lines: string[]): string => [...lines, "", ""].join("\r\n");
const upgradeTo = (path: string, token: string): string =>
  head(
    ...[`GET ${path} HTTP/1.1`, "Host: x", `Authorization: Bearer ${token}`, "Connection: Upgrade", "Upgrade: websocket"],
    ...["Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${Buffer.alloc(16, 1).toString("base64")}`],
  );

describe("a stop of the HTTP server", function () {
  this.timeout(20_000);
  let all: Rig;
  let port: number;
  const open: { destroy(): void }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) one.destroy();
    await all.stop();
  });

  async function begin(lingerMs: number): Promise<void> {
    all = await rig({ options: { lingerMs } });
    port = (await all.http.listen()).port;
  }
  /** A client that never ends its side. */
  async function stubborn(text: string): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    open.push(socket);
    socket.on("error", () => {}); // it may be cut off
    await once(socket, "connect");
    socket.write(text);
    return socket;
  }
  function answered(socket: Socket, pattern: RegExp): Promise<unknown> {
    let heard = "";
    socket.on("data", (chunk) => {
      heard += String(chunk);
    });
    return eventually(`an answer like ${pattern}`, () => pattern.test(heard));
  }
  async function watching(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/events`, { headers: { authorization: `Bearer ${all.admin}` } });
    open.push({ destroy: () => socket.terminate() });
    await once(socket, "open");
    return socket;
  }

  const CUT_OFF: Record<string, () => Promise<unknown>> = {
    "a request whose headers don't come whole": () => stubborn("GET /healthz HTTP/1.1\r\nHost: x\r\n"),
    "a request whose body doesn't come whole": () =>
      stubborn(
        `${head("POST /api/v1/events HTTP/1.1", "Host: x", `Authorization: Bearer ${all.admin}`, "Content-Type: application/json", "Content-Length: 9")}{`,
      ),
    "a WebSocket whose client says nothing to a goodbye": async () => {
      const socket = await stubborn(upgradeTo("/api/v1/events", all.admin));
      await answered(socket, /^HTTP\/1\.1 101 /);
    },
    "a WebSocket whose client doesn't read": async () => (await watching()).pause(),
  };
  for (const [what, connected] of Object.entries(CUT_OFF))
    it(`cuts off ${what} when its time is over`, async () => {
      await begin(20);
      await connected();
      await all.http.stop();
    });

  /** @returns what comes of it by the end of the stop */
  type Connect = () => Promise<() => unknown>;
  const nothing = () => {};
  const ENDED: Record<string, Connect> = {
    "a client that says nothing": async () => {
      await stubborn("");
      return nothing;
    },
    "a connection that is kept alive": async () => {
      await answered(await stubborn(head("GET /healthz HTTP/1.1", "Host: x")), /^HTTP\/1\.1 200 /);
      return nothing;
    },
    "a client that was refused a WebSocket and doesn't leave": async () => {
      await answered(await stubborn(upgradeTo("/api/v1/events", "nonsense")), /^HTTP\/1\.1 401 /);
      return nothing;
    },
    "a watcher, who is told": async () => {
      const closed = once(await watching(), "close");
      return async () => assert.deepEqual((await closed).map(String), ["1012", "the engine is stopping"]);
    },
    "a request that waits for a job, with an answer": async () => {
      const publication = upload("asks", "async ({ approval }) => { await approval({ message: 'Go on?' }); }");
      assert.equal((await all.ask("POST", "/api/v1/runbooks/asks/publish", { body: publication })).status, 201);
      const { id } = (await all.ask("POST", "/api/v1/runbooks/asks/jobs", { body: {} })).body;
      await eventually("the question", async () => (await all.ask("GET", `/api/v1/jobs/${id}`)).body.status === "waiting");
      const asked = await stubborn(head(`GET /api/v1/jobs/${id}?wait=60s HTTP/1.1`, "Host: x", `Authorization: Bearer ${all.admin}`, "Expect: 100-continue"));
      await answered(asked, /^HTTP\/1\.1 100 /); // it has come
      const answer = answered(asked, /^HTTP\/1\.1 200 [\s\S]*"status":"waiting"/m);
      return () => answer;
    },
  };
  for (const [what, connected] of Object.entries(ENDED))
    it(`doesn't wait for ${what}`, async () => {
      await begin(NEVER_MS);
      const outcome = await connected();
      await all.http.stop();
      await outcome();
    });
});

describe("WebSockets of a route", () => {
  it("send those away, too, who come in the very moment of a stop", async () => {
    const app = Fastify({ forceCloseConnections: "idle" }) as unknown as App;
    const stopping = new AbortController();
    const sockets = createWebSockets(app, { protocol: "test", secrets: [], maxMessageBytes: 1_000, stopping: stopping.signal });
    app.get("/", { config: { door: "public" } }, async (request, reply) => {
      const upgrade = upgradeOf(request.raw);
      assert.ok(upgrade);
      stopping.abort();
      reply.hijack();
      sockets.accept(request.raw, reply.raw, upgrade, () => {});
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    routeUpgrades(app.server, (request, response) => app.routing(request, response), {});
    const address = app.server.address();
    assert.ok(typeof address === "object" && address);
    const socket = new WebSocket(`ws://127.0.0.1:${address.port}/`, "test");
    const [code, reason] = await once(socket, "close");
    assert.deepEqual([code, String(reason)], [1012, "the engine is stopping"]);
    await app.close();
  });
});
