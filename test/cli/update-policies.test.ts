import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../engine/clock.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { aMachine } from "../contract/rows.ts";
import { aMissing } from "../updates/policies.ts";
import { type CommandHome, commandHome } from "./command.ts";

describe("the commands update why, what-if and policy", function () {
  this.timeout(60_000);
  let home: CommandHome;

  before(async () => {
    home = await commandHome();
    // What an agent would have reported, before the engine starts.
    await mkdir(join(home.path, ".runwright"), { mode: 0o700 });
    const store = await openStore(`sqlite:${join(home.path, ".runwright")}`);
    const intake = createIntake({
      store,
      clock: systemClock,
      newId: createIds(systemClock),
      enrichment: createEnrichment({ orders: { debian: debianOrder } }),
    });
    const now = Date.now();
    await store.write((tx) => tx.machines.insert(aMachine({ id: "mch_web1", name: "web1", scope: "/prod/web", enrolledAt: now })));
    const inventory = {
      ...{ packageManager: "apt", collectedAt: now, listsUpdatedAt: now, rebootPending: false, rebootReasons: [], problems: [] },
      ...{ installed: [{ name: "bash", architecture: "amd64", version: "5", held: false }] },
      updates: [aMissing(), aMissing({ name: "bash", classification: "other", title: "\u009b31mred" })],
    };
    await intake.take("mch_web1", { sequence: 1, inventory });
    await store.stop();
    await writeFile(
      join(home.path, "policy.yaml"),
      "kind: UpdatePolicy\nname: prod\nscope: /prod\nclassifications: [security]\ndeferral: 7d\nexclude: ['*']\n",
    );
    await writeFile(
      join(home.path, "wrong.yaml"),
      "kind: UpdatePolicy\nname: prod\nscope: /prod\nexlude: [a]\n---\nkind: UpdatePolicy\nname: two\nselector: role=web\n",
    );
    await mkdir(join(home.path, "ops"));
    await writeFile(
      join(home.path, "ops", "a.yaml"),
      "kind: UpdatePolicy\nname: prod\nscope: /prod\ndeferral: { security: 7d }\n---\nkind: Variable\nname: x\nvalue: 1\n",
    );
    await home.serve();
  });
  after(() => home.remove());

  it("show what a policy would do, in words and as JSON, and change nothing", async () => {
    const { code, stdout, stderr } = await home.run(["update", "what-if", "-f", "policy.yaml"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^warning: policy prod excludes everything/m);
    assert.match(stdout, /^web1 \(\/prod\/web\): stays noncompliant$/m);
    assert.match(
      stdout,
      /^ {4}bash 1\.1: approved → notselected\. It isn't chosen: its classification is other, and policy prod \(\/prod\) chooses security\.$/m,
    );
    assert.match(stdout, /^ {4}openssl 1\.1: approved → excluded\. Policy prod \(\/prod\) excludes "\*"\.$/m);
    assert.match(stdout, /^1 machine is in reach of it, of 1 that you may see; something changes for 1\. Nothing was written\.$/m);
    assert.match(stdout, /^ {2}approved → excluded: 1 update on 1 machine$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    assert.ok(!/[\u001b\u009b]/.test(stdout), "no colours where nobody looks");
    const json = await home.json(["update", "what-if", "-f", "ops", "--move", "web1=/elsewhere"]);
    assert.deepEqual([json.machines, json.items[0].scopeAfter], [{ visible: 1, judged: 1, changed: 1 }, "/elsewhere"]);
    const ops = await home.run(["update", "what-if", "-f", "ops"]);
    assert.match(ops.stderr, /1 document of another kind is passed over/);
    assert.match(ops.stdout, /noncompliant$|openssl 1\.1: approved → deferred\. Policy prod \(\/prod\) defers security updates by 7d/m);
    assert.deepEqual(await home.json(["update", "policy", "list"]), []);
  });

  it("tell what is wrong with files, by line, and wrong usage with 2", async () => {
    const { code, stderr } = await home.run(["update", "what-if", "-f", "wrong.yaml"]);
    assert.equal(code, 1);
    assert.match(stderr, /^wrong\.yaml:4:1: exlude: "exlude" isn't known here; did you mean "exclude"\?/m);
    assert.match(stderr, /^wrong\.yaml:8:1: selector: .*key "role" is unknown/m);
    assert.match(stderr, /2 problems; nothing was changed \[RESOURCE_INVALID\]/);
    for (const wrong of [
      ["update", "what-if"],
      ["update", "what-if", "--move", "web1"],
      ["update", "what-if", "--move", "web1=prod"],
      ["update", "why"],
    ])
      assert.equal((await home.run(wrong)).code, 2, wrong.join(" "));
    assert.equal((await home.run(["update", "what-if", "-f", "nothing"])).code, 1);
  });

  it("apply, list, show and explain a policy, and delete it", async () => {
    const applied = await home.run(["apply", "-f", "ops", "--yes"]);
    assert.equal(applied.code, 0, applied.stderr);
    assert.match((await home.run(["update", "policy", "list"])).stdout, /^NAME +MACHINES .*\nprod +all /);
    assert.match(
      (await home.run(["update", "policy", "show", "prod"])).stdout,
      /^kind: UpdatePolicy\nname: prod\nscope: \/prod\ndeferral:\n {2}security: 7d\n/,
    );
    const machine = await home.run(["update", "why", "web1"]);
    assert.match(machine.stdout, /^web1 \(\/prod\/web\) is noncompliant\n {2}1 missing update counts: 1 approved\.\n/);
    assert.match(machine.stdout, /^deferral +\{"security":"7d"\} {2}\[policy prod \(\/prod\)\]$/m);
    assert.match(machine.stdout, /^sla +none {2}\[default\]$/m);
    const update = await home.run(["update", "why", "web1", "openssl"]);
    assert.match(
      update.stdout,
      /^openssl 1\.0 → 1\.1 \(amd64\): deferred\n {2}No policy restricts what is chosen\.\n {2}Policy prod \(\/prod\) defers security updates by 7d/m,
    );
    assert.match(update.stdout, /^ {2}would change +\d{4}-\d\d-\d\d \d\d:\d\d UTC: the deferral ends$/m);
    const hostile = await home.run(["update", "why", "web1", "bash"]);
    assert.ok(!hostile.stdout.includes("\u009b"), "what a machine reports writes nothing to a terminal");
    assert.match((await home.run(["update", "why", "web1", "nothing"])).stdout, /Nothing that fits "nothing" is missing on web1\./);
    assert.equal((await home.json(["update", "why", "web1", "openssl"])).updates[0].verdict, "deferred");
    assert.equal((await home.run(["update", "why", "web9"])).code, 1);
    const exported = await home.run(["export", "-o", "out"]);
    assert.match(exported.stdout, /wrote/);
    assert.equal((await home.run(["plan", "-f", "out"])).code, 0, "an export changes nothing");
    assert.match((await home.run(["update", "policy", "delete", "prod"])).stdout, /deleted update policy prod/);
    assert.match((await home.run(["update", "policy", "show", "prod"])).stderr, /`runwright update policy list` shows what there is/);
  });
});
