import assert from "node:assert/strict";
import type { Delivery } from "../../engine/protocol/http/webhooks.ts";
import { sign } from "../../engine/webhooks.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";

const SECRET = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;
const REQUESTS = 300;
const IN_FLIGHT = 32;

describe("webhooks of an engine that is killed", function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess;
  let path: string;

  before(async () => {
    directory = await temporaryDirectory();
    engine = await startEngineProcess(directory.path);
    await engine.ready();
    await engine.publish("echo", "async ({ params, output }) => output(params.n)", 'parameters: { type: "object", properties: { n: { type: "number" } } },');
    await engine.request("PUT", "/api/v1/assets/burst", { kind: "secret", value: SECRET, scope: "/" });
    const spec = {
      verify: { scheme: "standard", secret: "burst" },
      rateLimit: { perSecond: 2_000, burst: 10_000 },
      runs: [{ runbook: "echo", map: { n: "/body/n" } }],
    };
    assert.equal((await engine.request("PUT", "/api/v1/webhooks/burst", { spec })).status, 201);
    const { body } = await engine.request<{ url: string }>("POST", "/api/v1/webhooks/burst/rotate", {});
    path = new URL(body.url).pathname;
  });
  after(async () => {
    await engine.kill();
    await directory.remove();
  });

  /** @returns its job; undefined: no answer came */
  async function deliver(n: number): Promise<string | undefined> {
    const body = JSON.stringify({ n });
    const headers = {
      ...sign({ scheme: "standard", secret: SECRET, body: Buffer.from(body), now: Date.now(), id: `msg_${n}` }),
      "content-type": "application/json",
    };
    let answer: Response;
    let told: { jobIds: string[] };
    try {
      answer = await fetch(engine.url + path, { method: "POST", headers, body });
      told = (await answer.json()) as typeof told;
    } catch {
      return undefined; // killed before it answered
    }
    assert.equal(answer.status, 202, JSON.stringify(told));
    assert.equal(told.jobIds.length, 1);
    return told.jobIds[0];
  }

  /** Sends all of them, so many at a time. */
  async function burst(onAnswer: (n: number, jobId: string) => void): Promise<void> {
    let next = 0;
    const one = async () => {
      while (next < REQUESTS) {
        const n = next++;
        const jobId = await deliver(n);
        if (jobId === undefined) return;
        onAnswer(n, jobId);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  }

  async function deliveries(): Promise<Delivery[]> {
    const { body } = await engine.request<{ items: Delivery[] }>("GET", "/api/v1/webhooks/burst/deliveries?limit=500");
    return body.items;
  }

  it("are all accounted for: what was answered is there, what wasn't is there as a whole or not at all, and sent again gives the same jobs", async () => {
    const answered = new Map<number, string>();
    let killed: Promise<void> | undefined;
    await burst((n, jobId) => {
      answered.set(n, jobId);
      if (answered.size >= REQUESTS / 3) killed ??= engine.kill();
    });
    await killed;
    assert.ok(answered.size >= REQUESTS / 3 && answered.size < REQUESTS, `${answered.size} were answered`);

    engine = await startEngineProcess(directory.path);
    await engine.ready();
    const before = await deliveries();
    const byJob = new Set(before.flatMap((one) => one.jobIds));
    for (const [n, jobId] of answered) assert.ok(byJob.has(jobId), `delivery ${n} was answered with ${jobId}, which isn't there`);
    for (const jobId of byJob) assert.equal((await engine.request("GET", `/api/v1/jobs/${jobId}`)).status, 200, "a delivery is there with its job");

    const again = new Map<number, string>();
    await burst((n, jobId) => again.set(n, jobId));
    assert.equal(again.size, REQUESTS);
    for (const [n, jobId] of answered) assert.equal(again.get(n), jobId, `delivery ${n}`);
    assert.equal((await deliveries()).length, REQUESTS);
    assert.equal(new Set(again.values()).size, REQUESTS);
    for (const jobId of again.values()) assert.equal((await engine.end(jobId)).status, "completed");
    const { body } = await engine.request<{ items: unknown[] }>("GET", "/api/v1/jobs?runbook=echo&limit=500");
    assert.equal(body.items.length, REQUESTS, "no job but those of the deliveries");
  });
});
