import assert from "node:assert/strict";
import type { FakeHttp } from "../../engine/testing.ts";
import { run } from "./tested.ts";

const asks = (...urls: string[]) => `  permissions: { http: ["https://a.net"] },
  async run({ http, output }) {
    for (const one of ${JSON.stringify(urls)}) {
      const [method = "", url = ""] = one.split(" ");
      await http.fetch(url as "https://a.net/", { method: method as "GET" }).then(
        async (answer) => output([answer.status, await answer.text()]),
        (error: { code: string; message: string }) => output([error.code, error.message]),
      );
    }
    output(new Date().toISOString().slice(11, 19));
  },`;
const answers = async (http: FakeHttp, ...urls: string[]) => (await run(asks(...urls), { http })).outputs.slice(0, -1);

describe("fake HTTP", () => {
  it("answers by the most exact route", async () => {
    const http = {
      "https://a.net/*": { text: "any" },
      "https://a.net/jobs/*": { text: "jobs" },
      "POST https://a.net/jobs/*": { status: 201, text: "made" },
      "https://a.net/jobs/1?x=(2)": { text: "one" },
    };
    const found = await answers(http, "GET https://a.net/", "GET https://a.net/jobs/7", "POST https://a.net/jobs/7", "GET https://a.net/jobs/1?x=(2)");
    assert.deepEqual(found, [
      [200, "any"],
      [200, "jobs"],
      [201, "made"],
      [200, "one"],
    ]);
  });

  it("answers one after the other, fails, and has no answer where none is given", async () => {
    const http: FakeHttp = { "https://a.net/x": [{ status: 503 }, { fails: "connection reset" }, ({ url }) => ({ json: { url } })] };
    assert.deepEqual(await answers(http, "GET https://a.net/x", "GET https://a.net/x", "GET https://a.net/x", "GET https://a.net/y"), [
      [503, ""],
      ["HTTP_FAILED", "a.net didn't answer: connection reset"],
      [200, '{"url":"https://a.net/x"}'],
      ["HTTP_FAILED", "this test has no answer for GET https://a.net/y; give it in http"],
    ]);
  });

  it("is slow by the clock of the job, and too slow for the request's timeout", async () => {
    const job = await run(asks("GET https://a.net/slow", "GET https://a.net/slower"), {
      http: { "https://a.net/slow": { after: "20s", text: "late" }, "https://a.net/slower": { after: "1m" } },
    });
    assert.deepEqual(job.outputs, [[200, "late"], ["HTTP_FAILED", "a.net took longer than 30000 ms"], "00:00:50"]);
  });

  it("doesn't stand still with more requests at once than are let through", async () => {
    const parts = `  permissions: { http: ["https://a.net"] },
  async run({ http, output }) { output((await Promise.all(Array.from({ length: 40 }, (_, i) => http.fetch("https://a.net/" + i as "https://a.net/")))).length); },`;
    const job = await run(parts, { http: { "*": { after: "10s" } } });
    assert.deepEqual([job.outputs, job.endedAt - job.startedAt], [[40], 30_000]);
  });
});
