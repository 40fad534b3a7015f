import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import type { Writes } from "../../engine/store/store.ts";
import { AT, aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const authored = { createdAt: AT, createdBy: "ada", updatedAt: AT, updatedBy: "ada", revision: 1, authorId: "prn_1", author: "ada" };

async function book(tx: Writes, name: string, scope = "/"): Promise<void> {
  await tx.runbooks.insert({ id: `run_${name}`, scope, name, createdAt: AT, createdBy: "ada", latestVersion: 0, deletedAt: null, deletedBy: null });
}
async function published(tx: Writes, name: string, version: number, summary: string): Promise<void> {
  await tx.runbooks.putBundle({ hash: "b".repeat(64), text: "", sourceMap: null, createdAt: AT });
  const manifest = { summary, parameters: {}, permissions: {}, limits: DEFAULT_LIMITS, sharedIsolate: false };
  await tx.runbooks.insertVersion({
    runbookId: `run_${name}`,
    version,
    bundleHash: "b".repeat(64),
    manifest,
    sources: [],
    message: "",
    publishedAt: AT + version,
    publishedBy: "bob",
  });
}
const starter = (tx: Writes, kind: "Schedule" | "Webhook", name: string, scope: string, runbooks: readonly string[]) =>
  tx.resources.insert({ id: `res_${name}`, kind, scope, name, spec: {}, ...authored }, runbooks);

describe("records: what lists of the dashboard ask for", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    it("are a runbook's newest version, newest job and what starts it, as far as the reader may see", async () => {
      await using store = await disposable(open);
      await store.write(async (tx) => {
        for (const name of ["hello", "other", "draft"]) await book(tx, name);
        await published(tx, "hello", 1, "old");
        await published(tx, "hello", 2, "new");
        await published(tx, "other", 1, "");
        await tx.jobs.insert(aJob({ id: "job_1", bundleHash: "b".repeat(64) }), "ada");
        await tx.jobs.insert(aJob({ id: "job_2", bundleHash: "b".repeat(64), scope: "/prod" }), "ada");
        await starter(tx, "Schedule", "nightly", "/", ["hello", "hello"]);
        await starter(tx, "Schedule", "daily", "/prod", ["hello"]);
        await starter(tx, "Webhook", "deploys", "/prod", ["hello", "other"]);
      });
      const listed = await store.read.runbooks.list({ scopes: ["/"], deleted: false, limit: 10 });
      const all = await store.read.runbooks.standings(listed, ["/"]);
      assert.deepEqual(all.get("hello"), {
        published: { summary: "new", publishedAt: AT + 2, publishedBy: "bob" },
        newestJob: { id: "job_2", status: "queued", createdAt: AT },
        starters: [
          { kind: "Schedule", count: 2, first: "daily" },
          { kind: "Webhook", count: 1, first: "deploys" },
        ],
      });
      assert.deepEqual(all.get("draft"), { starters: [] });
      const prod = await store.read.runbooks.standings(listed, ["/prod"]);
      assert.deepEqual([prod.get("hello")?.newestJob?.id, prod.get("hello")?.starters.map(({ count }) => count)], ["job_2", [1, 1]]);
      const test = await store.read.runbooks.standings(listed, ["/test"]);
      assert.deepEqual([test.get("hello")?.newestJob, test.get("hello")?.starters], [undefined, []]);
      assert.equal((await store.read.runbooks.standings([], ["/"])).size, 0);
    });

    it("are found by a part of their name, in which nothing has a meaning", async () => {
      await using store = await disposable(open);
      await store.write(async (tx) => {
        for (const name of ["web-restart", "web_restart", "db"]) {
          await book(tx, name);
          await starter(tx, "Schedule", name, "/", [name]);
        }
      });
      const runbooks = async (search: string) => (await store.read.runbooks.list({ scopes: ["/"], deleted: false, limit: 10, search })).map(({ name }) => name);
      assert.deepEqual(
        [await runbooks("restart"), await runbooks("b_r"), await runbooks("%"), await runbooks("'")],
        [["web-restart", "web_restart"], ["web_restart"], [], []],
      );
      const resources = async (more: { search?: string; runbook?: string }) =>
        (await store.read.resources.list({ kind: "Schedule", scopes: ["/"], limit: 10, ...more })).map(({ name }) => name);
      assert.deepEqual(
        [await resources({ search: "db" }), await resources({ runbook: "web_restart" }), await resources({ runbook: "nobody" })],
        [["db"], ["web_restart"], []],
      );
      const named = async (scopes: readonly string[]) =>
        (await store.read.resources.named("Schedule", ["db", "nobody", "web-restart"], scopes)).map(({ name }) => name);
      assert.deepEqual([await named(["/"]), await named(["/prod"])], [["db", "web-restart"], []]);
    });

    it("are the newest entries of a job before one of them, in order", async () => {
      await using store = await disposable(open);
      await store.write(async (tx) => {
        await tx.jobs.insert(aJob({ id: "job_1", bundleHash: "b".repeat(64) }), "ada");
        await tx.streams.append(
          "job_1",
          [1, 2, 3, 4, 5].map((seq) => ({ seq, at: AT, kind: "log", level: "info", message: String(seq) })),
        );
      });
      const seqs = async (before: number, limit: number) => (await store.read.streams.newest("job_1", { before, limit })).map(({ seq }) => seq);
      assert.deepEqual([await seqs(2_147_483_647, 2), await seqs(4, 2), await seqs(1, 2)], [[4, 5], [2, 3], []]);
    });
  });
});

async function disposable(open: () => ReturnType<Parameters<Parameters<typeof withEachStore>[0]>[0]>) {
  const store = await open();
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.stop() });
}
