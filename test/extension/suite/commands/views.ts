import assert from "node:assert/strict";
import * as vscode from "vscode";
import { does, rowOf, rowsOf } from "../person.ts";
import { newestJob, reached, run, type Stage } from "./stage.ts";

export const VIEWS = {
  async "runwright.refresh"({ world }: Stage) {
    await rowsOf("runwright.jobs");
    const job = await run(world, "hello");
    await does("runwright.refresh", ["runwright.jobs"]);
    assert.equal((await rowsOf("runwright.jobs"))[0].id, job.id);
    await does("runwright.refresh");
  },
  async "runwright.copyName"() {
    await does("runwright.copyName", [await rowOf("runwright.runbooks", "hello")]);
    assert.equal(await vscode.env.clipboard.readText(), "hello");
  },
  async "runwright.copyId"({ world }: Stage) {
    const { id } = await newestJob(world, "hello");
    await does("runwright.copyId", [await rowOf("runwright.jobs", id)]);
    assert.equal(await vscode.env.clipboard.readText(), id);
  },
  async "runwright.filterJobs"({ world }: Stage) {
    const { id } = await run(world, "broken");
    await reached(world, id, "failed");
    await does("runwright.filterJobs", [], { pick: ["failed", "stopped"] });
    const descriptions = (await rowsOf("runwright.jobs")).map(({ description }) => description);
    assert.ok(descriptions.length > 0);
    for (const description of descriptions) assert.match(description, /failed|stopped/);
  },
  async "runwright.showJobsOf"() {
    await does("runwright.showJobsOf", [await rowOf("runwright.runbooks", "hello")]);
    const labels = new Set((await rowsOf("runwright.jobs")).map(({ label }) => label));
    assert.deepEqual([...labels], ["hello"]);
  },
  async "runwright.showAllJobs"() {
    await does("runwright.showAllJobs");
    const labels = new Set((await rowsOf("runwright.jobs")).map(({ label }) => label));
    assert.ok(labels.has("hello") && labels.has("broken"), [...labels].join());
  },
  async "runwright.loadMore"({ world }: Stage) {
    for (let n = 0; n < 101; n++) await run(world, "hello");
    await does("runwright.refresh", ["runwright.jobs"]);
    const more = (await rowsOf("runwright.jobs")).at(-1);
    assert.equal(more.label, "Load more");
    const before = await rowsOf("runwright.jobs");
    await does("runwright.loadMore", ["runwright.jobs", more.subject]);
    const after = await rowsOf("runwright.jobs");
    assert.ok(after.length > before.length, `${before.length} rows, then ${after.length}`);
    assert.equal(new Set(after.map(({ id }) => id)).size, after.length, "no row is there twice");
  },
};
