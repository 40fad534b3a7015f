import assert from "node:assert/strict";
import type { Client } from "../../../extension/model/client/client.ts";
import type { JobListener } from "../../../extension/model/events.ts";
import { createJobNotices, type JobNotice, type NoticeChoice } from "../../../extension/model/jobs/job-notices.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

function world(choice: NoticeChoice) {
  const listeners = new Map<string, JobListener>();
  const jobs = new Map<string, object>();
  const shown: { notice: JobNotice; close(): void }[] = [];
  const asked: string[] = [];
  const client = {
    async ask(_: string, path: string) {
      asked.push(path);
      return jobs.get(path.split("/").at(-1) ?? "") as any;
    },
  } as unknown as Client;
  const notices = createJobNotices({
    choice: () => choice,
    client: async () => client,
    events: {
      follow(id, after, listener) {
        assert.equal(after, 2 ** 31 - 1, "what it writes isn't asked for");
        listeners.set(id, listener);
        return () => listeners.delete(id);
      },
    },
    show: (notice) => new Promise((close) => void shown.push({ notice, close })),
  });
  return {
    notices,
    shown,
    listeners,
    asked,
    async end(id: string, status: string, rest: object = {}) {
      jobs.set(id, { id, runbook: id, status, failureCode: null, error: null, ...rest });
      listeners.get(id)?.onEnded();
      await settle();
    },
  };
}

describe("notices of jobs that have ended", () => {
  it("aren't shown unless somebody has asked for them, and nothing is followed", async () => {
    const { notices, listeners, shown } = world("never");
    notices.started({ id: "one", runbook: "one" });
    await settle();
    assert.deepEqual([listeners.size, shown.length], [0, 0]);
  });

  it("are one at a time: what ends while one is open is told together when it is closed", async () => {
    const { notices, shown, end } = world("always");
    for (const id of ["one", "two", "three", "four"]) notices.started({ id, runbook: id });
    await end("one", "completed");
    await end("two", "failed", { failureCode: "error", error: { message: "disk is full" } });
    await end("three", "completed");
    assert.deepEqual(
      shown.map(({ notice }) => notice),
      [{ text: "one has completed", isBad: false, job: { id: "one", runbook: "one" } }],
    );
    shown[0]?.close();
    await settle();
    assert.deepEqual(shown[1]?.notice, { text: "2 jobs have ended, 1 of them failed", isBad: true });
    shown[1]?.close();
    await settle();
    await end("four", "stopped");
    assert.equal(shown[2]?.notice.text, "four was stopped");
    assert.equal(shown.length, 3);
  });

  it("are of failed ones only where that is wished, with what went wrong; and none of a job that is refused", async () => {
    const { notices, shown, listeners, end } = world("failed");
    for (const id of ["one", "two", "gone"]) notices.started({ id, runbook: id });
    await end("one", "completed");
    await end("two", "failed", { failureCode: "timeout", error: { message: "it took 5 minutes" } });
    listeners.get("gone")?.onRefused("there is no such job");
    assert.deepEqual(
      shown.map(({ notice }) => notice.text),
      ["two has failed (timeout): it took 5 minutes"],
    );
    notices.stop();
  });
});
