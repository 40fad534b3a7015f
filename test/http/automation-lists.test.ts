import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP: what pages of runbooks, jobs and schedules read", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
    for (const name of ["talk", "restart-web"]) {
      const published = await all.ask("POST", `/api/v1/runbooks/${name}/publish`, {
        body: upload(name, "async ({ log }) => { for (let n = 1; n <= 5; n++) log(String(n)); }"),
      });
      assert.equal(published.status, 201, published.text);
    }
    const put = (name: string, spec: object) => all.ask("PUT", `/api/v1/schedules/${name}`, { body: { spec } });
    const runs = [{ runbook: "talk" }];
    assert.equal((await put("often", { cron: "*/5 * * * *", timeZone: "UTC", runs })).status, 201);
    assert.equal((await put("off", { cron: "0 * * * *", timeZone: "UTC", enabled: false, runs })).status, 201);
  });
  after(() => all.stop());

  it("lists runbooks with their newest version and job and what starts them, found by a part of the name in any case", async () => {
    const { body: job } = await all.ask("POST", "/api/v1/runbooks/talk/jobs?wait=20s", { body: {} });
    const { items } = (await all.ask("GET", "/api/v1/runbooks?search=TAL")).body;
    assert.deepEqual(
      items.map(({ name, newestJob, starters, published }: any) => [name, newestJob.id, newestJob.status, starters, published.publishedBy]),
      [["talk", job.id, "completed", [{ kind: "Schedule", count: 2, first: "off" }], "admin"]],
    );
    assert.deepEqual((await all.ask("GET", "/api/v1/runbooks?search=%25")).body.items, []);
    assert.deepEqual((await all.ask("GET", "/api/v1/schedules?runbook=restart-web")).body.items, []);
    assert.equal((await all.ask("GET", "/api/v1/schedules?runbook=talk&search=oft")).body.items.length, 1);
    assert.equal((await all.ask("GET", `/api/v1/runbooks?search=${"a".repeat(201)}`)).status, 400);
  });

  it("reads the streams of a job from their end, and what stands before", async () => {
    const { body: job } = await all.ask("POST", "/api/v1/runbooks/talk/jobs?wait=20s", { body: {} });
    const read = async (query: string) => (await all.ask("GET", `/api/v1/jobs/${job.id}/streams?${query}`)).body;
    const seqs = ({ items }: any) => items.map(({ seq }: any) => seq);
    const end = await read("before=2147483647&limit=2");
    assert.deepEqual([seqs(end), end.last, end.ended], [[4, 5], 5, true]);
    assert.deepEqual(seqs(await read("before=4&limit=2")), [2, 3]);
    assert.equal((await all.ask("GET", `/api/v1/jobs/${job.id}/streams?before=4&after=1`)).status, 400);
    assert.equal((await all.ask("GET", `/api/v1/jobs/${job.id}/streams?before=0`)).status, 400);
  });

  it("says when schedules are due within a day: at most 48 times each, nothing of disabled and unknown ones", async () => {
    const { body } = await all.ask("GET", "/api/v1/occurrences/coming?names=often,off,nobody,often");
    assert.deepEqual(
      body.items.map(({ name, at, more }: any) => [name, at.length, more]),
      [
        ["off", 0, false],
        ["often", 48, true],
      ],
    );
    assert.equal(Date.parse(body.until) - Date.parse(body.at), 86_400_000);
    assert.ok(body.items[1].at.every((at: string) => Date.parse(at) > Date.parse(body.at)));
    const many = Array.from({ length: 101 }, (_, n) => `s${n}`).join(",");
    assert.equal((await all.ask("GET", `/api/v1/occurrences/coming?names=${many}`)).status, 400);
    assert.equal((await all.ask("GET", "/api/v1/occurrences/coming?names=")).status, 400);
  });
});
