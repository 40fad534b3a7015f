import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../engine/clock.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createTracing } from "../../engine/telemetry/tracing.ts";
import { AT, aCommand, aJob, rows } from "../contract/rows.ts";
import { eventually } from "../support/eventually.ts";

describe("traces of jobs", () => {
  let store: Store;
  let collector: Server;
  const requests: { headers: Record<string, unknown>; body: any }[] = [];
  before(async () => {
    store = await openStore("memory:");
    collector = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      requests.push({ headers: request.headers, body: JSON.parse(text) });
      response.end("{}");
    });
    collector.listen(0, "127.0.0.1");
    await once(collector, "listening");
  });
  after(async () => {
    collector.close();
    await store.stop();
  });

  it("reach a collector from the records of a job that has ended, with the headers that it wants", async () => {
    await store.write(async (tx) => {
      await rows(tx);
      await tx.jobs.insert(aJob({ id: "job_1" }), "ada");
      await tx.commands.insert(aCommand({ id: "job_1.2", jobId: "job_1", action: "install", status: "completed", createdAt: AT, endedAt: AT + 10 }));
      await tx.installs.put({
        commandId: "job_1.2",
        machineId: "mch_1",
        action: "install",
        jobId: "job_1",
        packageManager: "apt",
        startedAt: AT,
        endedAt: AT + 10,
        rebootPending: false,
        resumed: 0,
        repairs: [],
        logFile: "",
        updates: [
          { name: "openssl", architecture: "amd64", fromVersion: "1", version: "2", status: "Succeeded", message: "", startedAt: AT + 1, endedAt: AT + 9 },
        ],
      });
      await tx.jobs.move("job_1", null, { to: "stopped", at: AT + 20, by: "ada", reason: "" });
    });
    const counted = { sent: 0, dropped: 0 };
    const tracing = createTracing({
      store,
      clock: systemClock,
      log: { warn() {}, error: (_, message) => assert.fail(message) },
      url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`,
      headers: { "x-key": "k" },
      resource: { "service.name": "runwright" },
      version: "0",
      onSpans: (result, count) => {
        counted[result] += count;
      },
    });
    tracing.jobEnded("job_1");
    await eventually("they are sent", () => counted.sent > 0, 10_000);
    await tracing.stop();
    assert.equal(requests[0]?.headers["x-key"], "k");
    const names = requests[0]?.body.resourceSpans[0].scopeSpans[0].spans.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ["trigger manual", "job hello", "command install", "install openssl"]);
  });

  it("stop in time when the collector takes requests and never answers, and count what they have lost", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const counted = { sent: 0, dropped: 0 };
    const tracing = createTracing({
      store,
      clock: systemClock,
      log: { warn() {}, error: (_, message) => assert.fail(message) },
      url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1/traces`,
      headers: {},
      resource: {},
      version: "0",
      onSpans: (result, count) => {
        counted[result] += count;
      },
    });
    const began = performance.now();
    for (let n = 0; n < 1_100; n++) tracing.jobEnded("job_1");
    assert.equal(counted.dropped, 99, "one is being read, a thousand wait");
    await tracing.stop();
    silent.closeAllConnections();
    silent.close();
    assert.ok(performance.now() - began < 6_000, "not ten seconds for each request");
    assert.deepEqual(counted, { sent: 0, dropped: 99 + 950 + 51 * 4 });
  }).timeout(60_000);

  it("stop in time when a job's records can't be read", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const never = { read: { ...store.read, jobs: { ...store.read.jobs, get: () => promise } } };
    const counted = { sent: 0, dropped: 0 };
    const tracing = createTracing({
      ...{ store: never, clock: systemClock, log: { warn() {}, error: (_: object, message: string) => assert.fail(message) } },
      ...{ url: "http://127.0.0.1:9/", headers: {}, resource: {}, version: "0" },
      onSpans: (result, count) => {
        counted[result] += count;
      },
    });
    for (let n = 0; n < 3; n++) tracing.jobEnded("job_1");
    await tracing.stop();
    assert.deepEqual(counted, { sent: 0, dropped: 2 });
    resolve(undefined);
  }).timeout(60_000);
});
