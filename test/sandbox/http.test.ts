import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createRig, emptyJob, failureOf, memoryJournal, type Rig } from "./rig.ts";

const MB = 1024 * 1024;
/** 200 MB of zeros, in parts that are packed one by one: made when it is asked for, it took the memory that the sandbox mustn't. */
const BOMB = Buffer.concat(Array(200).fill(gzipSync(Buffer.alloc(MB))));

describe("the http capability", () => {
  let rig: Rig;
  let server: Server;
  let other: Server;
  let origin: string;
  let elsewhere: string;
  let seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[];

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => void> = {
    "/json": (_request, response) => response.setHeader("content-type", "application/json").end('{"a":[1,"é"]}'),
    "/bytes": (_request, response) => response.end(Buffer.from([0, 255, 128, 7])),
    "/echo": (request, response, body) => response.end(JSON.stringify({ method: request.method, body })),
    "/teapot": (_request, response) => response.writeHead(418, "I'm a teapot").end("short and stout"),
    "/gzip": (_request, response) => response.setHeader("content-encoding", "gzip").end(gzipSync("squeezed")),
    "/bomb": (_request, response) => response.setHeader("content-encoding", "gzip").end(BOMB),
    "/large": (_request, response) => response.end(Buffer.alloc(11 * 1024 * 1024)),
    "/drip": (_request, response) => void response.write("never complete"),
    "/silent": () => {},
    "/torn": (_request, response) => void response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy()),
    "/once": (_request, response) => response.writeHead(302, { location: "/json" }).end(),
    "/loop": (_request, response) => response.writeHead(302, { location: "/loop" }).end(),
    "/seeOther": (_request, response) => response.writeHead(303, { location: "/echo" }).end(),
    "/keep": (_request, response) => response.writeHead(307, { location: "/echo" }).end(),
    "/away": (_request, response) => response.writeHead(302, { location: `${elsewhere}/landed` }).end(),
    "/inward": (_request, response) => response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
  };

  before(async () => {
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
        (routes[request.url ?? ""] ?? ((_request, answer) => answer.end("ok")))(request, response, body);
      });
    };
    seen = [];
    [server, other] = [createServer(serve), createServer(serve)];
    const listen = (one: Server) =>
      new Promise<number>((resolve) => {
        one.listen(0, "127.0.0.1", () => resolve((one.address() as { port: number }).port));
      });
    origin = `http://localhost:${await listen(server)}`;
    elsewhere = `http://localhost:${await listen(other)}`;
    rig = createRig({ http: { allowedPrivateHosts: ["localhost"] } });
  });
  after(async () => {
    await rig.stop();
    for (const one of [server, other]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  });
  beforeEach(() => {
    seen = [];
  });

  const permissions = () => ({ http: [origin] });
  const fetched = async (expression: string, also: string[] = []) => {
    const result = await rig.finish(
      `const base = params.origin; try { const answer = await http.fetch(${expression}); output({ status: answer.status, ok: answer.ok, url: answer.url.replace(base, ""), text: await answer.text() }); } catch (error) { output({ code: error.code, message: error.message }); }`,
      { permissions: { http: [origin, ...also] }, params: { origin } },
    );
    assert.equal(result.ending.kind, "completed", JSON.stringify(result.ending).slice(0, 500));
    return result.outputs[0] as { status: number; ok: boolean; url: string; text: string; code: string; message: string };
  };

  it("fetches text, JSON and bytes", async () => {
    const { outputs, ending } = await rig.finish(
      `const json = await http.fetch(params.origin + "/json"); output([json.status, json.ok, json.headers["content-type"], await json.json()]);
       const bytes = await http.fetch(params.origin + "/bytes"); output([...await bytes.bytes()]);
       output([...await json.bytes()].length);`,
      { permissions: permissions(), params: { origin } },
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, [[200, true, "application/json", { a: [1, "é"] }], [0, 255, 128, 7], 14]);
  });

  it("doesn't throw for status codes", async () => {
    assert.deepEqual(await fetched("base + '/teapot'"), { status: 418, ok: false, url: "/teapot", text: "short and stout" });
  });

  it("sends text, JSON and bytes, with an idempotency key on writes", async () => {
    const { ending } = await rig.finish(
      `await http.fetch(params.origin + "/a", { method: "POST", json: { n: 1 }, headers: { "X-Mine": "yes" } });
       await http.fetch(params.origin + "/b", { method: "PUT", body: new Uint8Array([104, 105]) });
       await http.fetch(params.origin + "/c", { method: "PATCH", body: "text", headers: { "idempotency-key": "own" } });
       await http.fetch(params.origin + "/d");`,
      { permissions: permissions(), params: { origin } },
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(
      seen.map(({ method, url, body, headers }) => [method, url, body, headers["idempotency-key"], headers["content-type"], headers["x-mine"]]),
      [
        ["POST", "/a", '{"n":1}', "job_test.1", "application/json", "yes"],
        ["PUT", "/b", "hi", "job_test.2", undefined, undefined],
        ["PATCH", "/c", "text", "own", undefined, undefined],
        ["GET", "/d", "", undefined, undefined, undefined],
      ],
    );
  });

  it("refuses what the runbook didn't declare, before anything is sent", async () => {
    for (const url of [`${elsewhere}/`, "https://example.com/", origin.replace("http:", "https:"), `${origin.replace(/:\d+$/, ".evil.example")}/`]) {
      const { ending } = await rig.finish("await http.fetch(params.url)", { permissions: permissions(), params: { url } });
      assert.equal(failureOf(ending).failureCode, "permission_denied", url);
    }
    assert.deepEqual(seen, []);
  });

  it("keeps to path prefixes, whatever the spelling of the path", async () => {
    const granted = { http: [`${origin}/v1/`] };
    for (const path of ["/v2/x", "/v1", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/..%2fadmin", "//v1/"]) {
      const { ending } = await rig.finish("await http.fetch(params.url)", { permissions: granted, params: { url: origin + path } });
      assert.equal(failureOf(ending).failureCode, "permission_denied", path);
    }
    const { ending } = await rig.finish("await http.fetch(params.url)", { permissions: granted, params: { url: `${origin}/v1/./things/../x` } });
    assert.equal(ending.kind, "completed");
    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/v1/x"],
    );
  });

  it("refuses private addresses that the operator didn't open, however they are written", async () => {
    const closed = createRig();
    try {
      const port = new URL(origin).port;
      for (const host of ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[64:ff9b::7f00:1]", "0"]) {
        const url = `http://${host}:${port}/`;
        const granted = new URL(url).origin;
        const { outputs } = await closed.finish("try { await http.fetch(params.url); } catch (error) { output(error.code); }", {
          permissions: { http: [granted] },
          params: { url },
        });
        assert.deepEqual(outputs, ["HTTP_REFUSED"], host);
      }
      assert.deepEqual(seen, []);
    } finally {
      await closed.stop();
    }
  });

  describe("with redirects", () => {
    it("follows them within what is declared", async () => {
      assert.equal((await fetched("base + '/once'")).url, "/json");
    });
    it("stops after five", async () => {
      const { code, message } = await fetched("base + '/loop'");
      assert.equal(code, "HTTP_REFUSED");
      assert.match(message, /5 redirects/);
      assert.equal(seen.length, 6);
    });
    it("refuses those that lead to another origin", async () => {
      const { code } = await fetched("base + '/away'");
      assert.equal(code, "HTTP_REFUSED");
      assert.equal(seen.length, 1);
    });
    it("refuses those that lead to a private address, though it is declared", async () => {
      const { code } = await fetched("base + '/inward'", ["http://169.254.169.254"]);
      assert.equal(code, "HTTP_REFUSED");
    });
    it("doesn't carry credentials to another origin", async () => {
      const answer = await fetched("base + '/away', { headers: { Authorization: 'Bearer x', 'X-Api-Key': 'y', Accept: 'text/plain' } }", [elsewhere]);
      assert.equal(answer.status, 200);
      const { headers, url } = seen[1] as (typeof seen)[number];
      assert.equal(url, "/landed");
      assert.deepEqual([headers.authorization, headers["x-api-key"], headers.accept], [undefined, undefined, "text/plain"]);
      await fetched("base + '/once', { headers: { Authorization: 'Bearer x' } }");
      assert.equal(seen[3]?.headers.authorization, "Bearer x", "but it does within one origin");
    });
    it("turns a write into a read after 303 and repeats it after 307", async () => {
      assert.equal((await fetched("base + '/seeOther', { method: 'POST', body: 'x' }")).text, '{"method":"GET","body":""}');
      assert.equal((await fetched("base + '/keep', { method: 'POST', body: 'x' }")).text, '{"method":"POST","body":"x"}');
    });
    it("returns or refuses them when asked to", async () => {
      assert.equal((await fetched("base + '/once', { redirect: 'manual' }")).status, 302);
      assert.equal((await fetched("base + '/once', { redirect: 'error' }")).code, "HTTP_REFUSED");
    });
  });

  describe("with limits", () => {
    it("decompresses, and stops when that becomes too large", async () => {
      assert.equal((await fetched("base + '/gzip'")).text, "squeezed");
      const before = process.memoryUsage().rss;
      assert.equal((await fetched("base + '/bomb'")).code, "TOO_LARGE");
      assert.ok(process.memoryUsage().rss - before < 150 * MB);
    });
    it("stops reading an answer that is too large", async () => {
      assert.equal((await fetched("base + '/large'")).code, "TOO_LARGE");
    });
    it("refuses a body that is too large, and one on a read", async () => {
      assert.match((await fetched("base, { method: 'POST', body: 'x'.repeat(1_100_000) }")).message, /larger than 1048576 bytes/);
      assert.match((await fetched("base, { body: 'x' }")).message, /GET can't have a body/);
      assert.deepEqual(seen, []);
    });
    it("gives up after the time limit, on silence as on a drip", async () => {
      for (const path of ["/silent", "/drip"]) {
        const { code, message } = await fetched(`base + '${path}', { timeout: 200 }`);
        assert.equal(code, "HTTP_FAILED");
        assert.match(message, /took longer than 200 ms/);
      }
    });
    it("says when the other side breaks off, or isn't there", async () => {
      assert.equal((await fetched("base + '/torn'")).code, "HTTP_FAILED");
      const refused = await fetched("'http://localhost:1/'", ["http://localhost:1"]);
      assert.equal(refused.code, "HTTP_FAILED");
      assert.match(refused.message, /localhost:1 didn't answer/);
    });
    it("refuses headers by which one request could look like two", async () => {
      for (const headers of [
        "{ Host: 'a' }",
        "{ 'Transfer-Encoding': 'chunked' }",
        "{ 'Content-Length': '0' }",
        "{ a: 'b\\r\\nc: d' }",
        "{ 'a b': 'c' }",
        "{ 'Proxy-Authorization': 'x' }",
      ]) {
        assert.match((await fetched(`base, { headers: ${headers} }`)).message, /^http\.fetch: /, headers);
      }
      assert.deepEqual(seen, []);
    });
  });

  describe("after a crash that left no outcome", () => {
    const crash = async (body: string) => {
      const kept = emptyJob();
      const journal = memoryJournal(kept);
      const { run } = rig.start(body, {
        permissions: permissions(),
        params: { origin },
        kept,
        journal: { ...journal, settle: () => Promise.reject(new Error("the engine is gone")) },
      });
      assert.equal((await run.ended).kind, "lost");
      return kept;
    };

    it("sends a write again under the same idempotency key", async () => {
      const body = `await http.fetch(params.origin + "/pay", { method: "POST", body: "1" }); output("paid");`;
      const { outputs } = await rig.finish(body, { permissions: permissions(), params: { origin }, kept: await crash(body) });
      assert.deepEqual(outputs, ["paid"]);
      assert.deepEqual(
        seen.map(({ headers }) => headers["idempotency-key"]),
        ["job_test.1", "job_test.1"],
      );
    });

    it("doesn't send it again with retry 'never': its outcome is unknown", async () => {
      const body = `try { await http.fetch(params.origin + "/pay", { method: "POST", body: "1", retry: "never" }); } catch (error) { output(error.code); }`;
      const { outputs } = await rig.finish(body, { permissions: permissions(), params: { origin }, kept: await crash(body) });
      assert.deepEqual(outputs, ["HTTP_UNKNOWN"]);
      assert.equal(seen.length, 1);
    });
  });
});
