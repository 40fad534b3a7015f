import assert from "node:assert/strict";
import { createClient } from "../../../extension/model/client/client.ts";
import { sendOverNetwork } from "../../../extension/model/client/transport.ts";
import type { Row } from "../../../extension/model/row.ts";
import type { Tree } from "../../../extension/model/tree.ts";
import { makeTrees } from "../../../extension/model/view-list.ts";
import { type EngineWithEverything, engineWithEverything } from "../world.ts";

describe("the views of an engine with something in each of them", function () {
  this.timeout(180_000);
  let engine: EngineWithEverything;
  const trees = makeTrees({ client: async () => createClient({ address: engine, token: engine.token, send: sendOverNetwork }), timers: { now: Date.now } });
  const labels = (rows: readonly Row[]) => rows.map(({ label }) => label);
  const only = async (tree: Tree, parent?: Row): Promise<Row> => {
    const [row, ...more] = await tree.rows(parent);
    assert.equal(tree.message(), undefined);
    assert.ok(row && more.length === 0);
    return row;
  };

  before(async () => {
    engine = await engineWithEverything();
    await engine.jobs();
    await engine.plan();
  });
  after(() => engine?.stop());

  it("show jobs, newest first, each with what can be done with it", async () => {
    const { tree } = trees["runwright.jobs"];
    const rows = await tree.rows();
    assert.deepEqual(labels(rows), ["asks", "broken", "hello"]);
    const [asks, broken, hello] = rows;
    assert.deepEqual(asks?.is, ["job", "waiting", "stoppable", "suspendable"]);
    assert.deepEqual(broken?.is, ["job", "failed", "resumable", "retryable", "ended"]);
    assert.match(broken.description ?? "", /failed, error/);
    assert.deepEqual(hello?.is, ["job", "completed", "retryable", "ended"]);
    tree.setFilter({ statuses: ["failed"] });
    assert.deepEqual(labels(await tree.rows()), ["broken"]);
    assert.equal(tree.message(), "Only jobs failed");
  });

  it("show what waits for somebody's word: a job's question and a deployment's plan", async () => {
    const { tree } = trees["runwright.approvals"];
    assert.deepEqual(labels(await tree.rows()), ["Change the firewall?", "Plan for guarded"]);
    assert.equal(tree.open(), 2);
  });

  it("show a deployment with its waves", async () => {
    const { tree } = trees["runwright.deployments"];
    const deployment = await only(tree);
    assert.ok(deployment.is.includes("decidable") && !deployment.is.includes("haltable"));
    assert.deepEqual(
      (await tree.rows(deployment)).map(({ label, description }) => [label, description]),
      [
        ["Wave 1", "0 of 1 machine"],
        ["Wave 2", "0 of 2 machines"],
      ],
    );
  });

  it("show schedules with the coming times, and webhooks", async () => {
    const schedules = trees["runwright.schedules"].tree;
    const [night, off] = await schedules.rows();
    assert.match(night?.description ?? "", /^next in /);
    assert.match(off?.description ?? "", /^off/);
    assert.equal((await schedules.rows(night)).filter(({ is }) => is.includes("coming")).length, 5);
    assert.equal((await only(trees["runwright.webhooks"].tree)).label, "from-outside");
  });

  it("show machines by scope, by a tag or as they are, and what each misses", async () => {
    const { tree } = trees["runwright.machines"];
    const group = await only(tree);
    assert.deepEqual([group.label, group.description], ["/", "3 machines · 3 not compliant"]);
    const machines = await tree.rows(group);
    assert.deepEqual(labels(machines), ["web1", "web2", "web3"]);
    assert.match(machines[0]?.description ?? "", /^not compliant · 1 missing/);
    assert.deepEqual(labels(await tree.rows(machines[0])), ["bash"]);
    await engine.home.run(["machine", "tag", "web1", "ring=first"]);
    await tree.refresh();
    assert.deepEqual(tree.tags(), ["ring"]);
    tree.group({ by: "tag", tag: "ring" });
    assert.deepEqual(labels(await tree.rows()), ["first", "no ring"]);
    tree.group({ by: "nothing" });
    assert.deepEqual(labels(await tree.rows()), ["web1", "web2", "web3"]);
  });

  it("show missing updates by classification, and assets by kind", async () => {
    const updates = trees["runwright.updates"].tree;
    const group = await only(updates);
    assert.equal((await updates.rows(group)).length, 3);
    const assets = trees["runwright.assets"].tree;
    const kind = await only(assets);
    assert.deepEqual([kind.label, ...labels(await assets.rows(kind))], ["Variables", "region"]);
  });
});
