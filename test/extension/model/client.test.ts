import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import { createClient } from "../../../extension/model/client/client.ts";
import { greet } from "../../../extension/model/client/greeting.ts";
import { JOBS } from "../../../extension/model/client/lists.ts";
import { sendOverNetwork } from "../../../extension/model/client/transport.ts";
import { streamPages } from "../../../extension/model/jobs/stream-pages.ts";
import { freePort } from "../../support/free-port.ts";

/** Something at an address that answers as it is told. */
async function answering(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    client: createClient({ address: { url }, token: "rwt_x", send: sendOverNetwork }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
const text =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(body);
const json =
  (answers: Record<string, object>): RequestListener =>
  (request, response) => {
    const found = answers[request.url?.split("?")[0] ?? ""];
    if (found) response.end(JSON.stringify(found));
    else response.writeHead(404).end(JSON.stringify({ code: "NOT_FOUND", detail: "there is no such address" }));
  };
const ME = { id: "prn_1", kind: "user", name: "ada", tokenId: null, grants: [] };

describe("talking to what may be an engine", () => {
  const GARBAGE: [string, RequestListener, RegExp][] = [
    ["a page of a proxy", text(200, "<html>Sign in to the network</html>"), /isn't a Runwright engine.*isn't JSON/],
    ["an error page of a proxy", text(502, "Bad Gateway"), /isn't a Runwright engine.*status 502/],
    ["another program's JSON", text(200, '{"hello":"world"}'), /isn't a Runwright engine.*has no items/],
    ["a list whose items are something else", text(200, '{"items":[{"id":7}],"next":null}'), /isn't a Runwright engine.*job has a wrong id/],
    ["an answer that is cut off", text(200, '{"items":[{"id":"job_1"'), /isn't JSON/],
    ["nothing at all", text(200, ""), /isn't JSON/],
    ["a connection that breaks", (request) => void request.socket.destroy(), /can't be reached/],
  ];
  for (const [what, listener, says] of GARBAGE) {
    it(`tells ${what} from an engine`, async () => {
      await using there = await answering(listener);
      await assert.rejects(there.client.page(JOBS), (error) => {
        assert.ok(isRunwrightError(error, says.source.startsWith("can't be reached") ? "ENGINE_UNREACHABLE" : "NOT_AN_ENGINE"));
        assert.match(error.message, says);
        return true;
      });
    });
  }

  it("says what is wrong when nobody is there", async () => {
    const client = createClient({ address: { url: `http://127.0.0.1:${await freePort()}` }, token: "", send: sendOverNetwork });
    await assert.rejects(client.page(JOBS), /can't be reached \(ECONNREFUSED\): is it running, and is the address right\?/);
  });

  it("gives up on one that doesn't answer, and at once when nobody waits any more", async () => {
    await using there = await answering(() => {});
    await assert.rejects(there.client.page(JOBS, { timeoutMs: 20 }), /hasn't answered within 0.02 s/);
    const life = new AbortController();
    const asked = there.client.page(JOBS, { signal: life.signal });
    life.abort();
    await assert.rejects(asked, { name: "AbortError" });
  });

  it("keeps the engine's own code, words and details", async () => {
    await using there = await answering(text(409, JSON.stringify({ code: "CONFLICT", detail: "somebody was faster", errors: [{ field: "/a" }] })));
    await assert.rejects(there.client.page(JOBS), (error) => {
      assert.ok(isRunwrightError(error, "CONFLICT"));
      assert.deepEqual([error.message, error.details], ["somebody was faster", [{ field: "/a" }]]);
      return true;
    });
  });

  it("shows an error that only a newer engine knows", async () => {
    await using there = await answering(text(418, JSON.stringify({ code: "TEAPOT", detail: "there is no coffee" })));
    await assert.rejects(there.client.page(JOBS), /there is no coffee \(TEAPOT\)/);
  });

  it("sends the token, asks below the address's own path, and leaves out what isn't given", async () => {
    const seen: string[] = [];
    await using there = await answering((request, response) => {
      seen.push(`${request.headers.authorization} ${request.url}`);
      response.end('{"items":[],"next":null}');
    });
    const below = createClient({ address: { url: `${there.client.address.url}/below` }, token: "rwt_x", send: sendOverNetwork });
    await below.page(JOBS, { query: { status: "failed", runbook: undefined }, limit: 5 });
    assert.deepEqual(seen, ["Bearer rwt_x /below/api/v1/jobs?status=failed&limit=5"]);
  });

  for (const [what, about, says] of [
    ["too old", undefined, /the engine at .* is too old for this extension; update the engine/],
    ["too old by its level", { version: "0.0.9", api: { oldest: 0, newest: 0 } }, /engine 0\.0\.9 .* is too old/],
    ["too new", { version: "9.0.0", api: { oldest: 2, newest: 3 } }, /engine 9\.0\.0 .* is too new for this extension; update the extension/],
  ] as const) {
    it(`refuses an engine that is ${what}, and says what to update`, async () => {
      await using there = await answering(json({ "/api/v1/whoami": ME, ...(about ? { "/api/v1/about": about } : {}) }));
      await assert.rejects(greet(there.client), (error) => {
        assert.ok(isRunwrightError(error, "ENGINE_INCOMPATIBLE"));
        assert.match(error.message, says);
        return true;
      });
    });
  }

  it("works with a newer engine that still takes clients of this level", async () => {
    await using there = await answering(json({ "/api/v1/whoami": ME, "/api/v1/about": { version: "2.0.0", api: { oldest: 1, newest: 7 } } }));
    const { version, me } = await greet(there.client);
    assert.deepEqual([version, me.name], ["2.0.0", "ada"]);
  });

  for (const [what, answer] of [
    ["is empty", { items: [], next: "b" }],
    ["leads to itself", { items: [{}], next: "a" }],
  ] as const)
    it(`takes a page that ${what} for the last one: nobody asks for ever`, async () => {
      const client = createClient({ address: { url: "http://engine.example" }, token: "", send: async () => ({ status: 200, text: JSON.stringify(answer) }) });
      assert.equal((await client.page({ path: "/x", what: "thing", shape: {} }, { cursor: "a" })).next, null);
    });

  it("ends the stream of a job that doesn't come further", async () => {
    const items = Array.from({ length: 1_000 }, (_, i) => ({ seq: i + 1, at: "", kind: "output" }));
    let asked = 0;
    const send = async () => {
      asked += 1;
      return { status: 200, text: JSON.stringify({ items, last: 1_000 }) };
    };
    const client = createClient({ address: { url: "http://engine.example" }, token: "", send });
    for await (const page of streamPages(client, "job_1", { after: 0 })) assert.equal(page.length, 1_000);
    assert.equal(asked, 2);
  });
});
