import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, commandHome } from "./command.ts";

describe("the commands schedule, freeze and rule", function () {
  this.timeout(60_000);
  let home: CommandHome;

  before(async () => {
    home = await commandHome();
    await home.serve();
    await writeFile(
      join(home.path, "greet.ts"),
      `import { runbook, Type } from "runwright";\nexport default runbook({ summary: "greet", parameters: Type.Object({ name: Type.String() }), async run({ params, output }) { output(params); } });\n`,
    );
    const published = await home.run(["runbook", "publish", "greet.ts"]);
    assert.equal(published.code, 0, published.stderr);
  });
  after(() => home.remove());

  it("make, show, preview, switch and delete a schedule", async () => {
    const create = [
      "schedule",
      "create",
      "nightly",
      "--cron",
      "30 2 * * *",
      "--time-zone",
      "Europe/Berlin",
      "--runbook",
      "greet",
      "-p",
      "name=Ada",
      "--overlap",
      "skip",
    ];
    const made = await home.run(create);
    assert.match(made.stdout, /^made schedule nightly in \/, zone Europe\/Berlin; next \d{4}-\d\d-\d\dT02:30:00\+0[12]:00$/m, made.stderr);
    const again = await home.run(["schedule", "create", "nightly", "--cron", "0 4 * * *", "--runbook", "greet", "-p", "name=Bob"]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /Schedule "nightly" is there already, at revision 1; choose another name, or change that one \[CONFLICT\]/);
    assert.match((await home.run(["schedule", "list"])).stdout, /^nightly {2}30 2 \* \* \* {2}Europe\/Berlin {2}in \d+ \w+ {2}greet/m);
    assert.match((await home.run(["schedule", "show", "nightly"])).stdout, /^kind: Schedule\nname: nightly\nscope: \/\ncron: 30 2 \* \* \*\n/);
    const froze = await home.run([
      "freeze",
      "create",
      "audit",
      "--from",
      "2027-03-27",
      "--to",
      "2027-03-28",
      "--time-zone",
      "Europe/Berlin",
      "--reason",
      "the auditors are here",
    ]);
    assert.equal(froze.code, 0, froze.stderr);
    const audit = ["freeze", "create", "audit", "--from", "2027-05-01", "--to", "2027-05-02", "--reason", "another one"];
    assert.match((await home.run(audit)).stderr, /Freeze "audit" is there already/);
    const preview = (await home.run(["schedule", "preview", "nightly", "--from", "2027-03-26T12:00", "-n", "3"])).stdout.split("\n");
    assert.match(preview[1] ?? "", /^2027-03-27T02:30:00\+01:00 .*the freeze audit holds it back until 2027-03-28T00:00.*the auditors are here/);
    assert.match(preview[2] ?? "", /^2027-03-28T03:30:00\+02:00 .*clocks leave out 02:30: runs later/);
    assert.match(preview[3] ?? "", /^2027-03-29T02:30:00\+02:00 +\S+ d +Europe\/Berlin$/);
    assert.match((await home.run(["schedule", "disable", "nightly"])).stdout, /^disabled schedule nightly$/m);
    assert.match((await home.run(["schedule", "list"])).stdout, /disabled/);
    assert.match((await home.run(["schedule", "preview", "nightly", "-n", "1"])).stderr, /nightly is disabled: none of these starts anything/);
    assert.match((await home.run(["schedule", "enable", "nightly"])).stdout, /^enabled schedule nightly; next /);
    assert.equal((await home.run(["schedule", "delete", "nightly"])).stdout, "deleted schedule nightly\n");
    assert.match(
      (await home.run(["schedule", "show", "nightly"])).stderr,
      /there is no Schedule "nightly"; `runwright schedule list` shows what there is \[NOT_FOUND\]/,
    );
  });

  it("replace a schedule or a freeze only when that is said", async () => {
    const schedule = ["schedule", "create", "twice", "--time-zone", "UTC", "--runbook", "greet", "-p", "name=Ada", "--cron"];
    assert.equal((await home.run([...schedule, "0 3 * * *"])).code, 0);
    assert.match((await home.run([...schedule, "0 4 * * *", "--replace"])).stdout, /^changed schedule twice/);
    assert.equal((await home.json(["schedule", "show", "twice"])).spec.cron, "0 4 * * *");
    const freeze = ["freeze", "create", "twice", "--from", "2027-05-01", "--time-zone", "UTC", "--reason", "r", "--to"];
    assert.equal((await home.run([...freeze, "2027-05-02"])).code, 0);
    assert.match((await home.run([...freeze, "2027-05-03", "--replace"])).stdout, /^changed freeze twice/);
    assert.equal((await home.run(["schedule", "delete", "twice"])).code, 0);
    assert.equal((await home.run(["freeze", "delete", "twice"])).code, 0);
  });

  it("start a runbook once at a time that was given, and list what became of it", async () => {
    const at = new Date(Date.now() + 6_000).toISOString();
    const made = await home.run(["schedule", "create", "once", "--at", at, "--time-zone", "UTC", "--runbook", "greet", "-p", "name=Bob"]);
    assert.equal(made.code, 0, made.stderr);
    let rows: { status: string; jobId: string; reason: string }[] = [];
    const deadline = performance.now() + 30_000;
    while (rows.length === 0 && performance.now() < deadline) rows = await home.json(["schedule", "occurrences", "once"]);
    assert.deepEqual([rows.length, rows[0]?.status, rows[0]?.reason], [1, "started", "on time"]);
    assert.match((await home.run(["schedule", "list"])).stdout, /^once .*never/m);
    assert.equal((await home.json(["job", "show", String(rows[0]?.jobId)])).trigger, "schedule");
  });

  it("say that one whose time has passed never starts anything", async () => {
    const made = await home.run(["schedule", "create", "past", "--at", "2020-01-01T00:00", "--time-zone", "UTC", "--runbook", "greet", "-p", "name=Bob"]);
    assert.match(made.stdout, /it never starts anything: all its times have passed/, made.stderr);
  });

  it("tell all that is wrong with one, and what to say instead", async () => {
    const wrong = await home.run(["schedule", "create", "bad", "--cron", "0 0 31 2 *", "--time-zone", "Europe/Berln", "--runbook", "gret"]);
    assert.equal(wrong.code, 1);
    for (const words of [/did you mean "Europe\/Berlin"/, /never fires/, /there is no runbook "gret"/]) assert.match(wrong.stderr, words);
    const without = await home.run(["schedule", "create", "bad", "--runbook", "greet"]);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /say either --cron or --at/);
    assert.equal((await home.run(["schedule", "create", "bad", "--cron", "* * * * *", "--runbook", "greet", "--overlap", "parallel"])).code, 2);
  });

  it("say what to do when there is nothing to list", async () => {
    assert.match((await home.run(["rule", "list"])).stderr, /No rules yet: write one as YAML \(kind: EventRule\)/);
    assert.match((await home.run(["rule", "firings"])).stderr, /No firings yet/);
  });
});
