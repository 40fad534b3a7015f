import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { type CommandHome, commandHome } from "./command.ts";
import { type DeploymentFleet, deploymentFleet } from "./deployment-fleet.ts";

/** Next year, so that no test runs into its times. */
const YEAR = new Date().getUTCFullYear() + 1;
const OPS = `
kind: Freeze
name: year-end
scope: /
timeZone: Europe/Berlin
reason: books are closed
periods: [{ from: "${YEAR}-06-01T00:00", to: "${YEAR}-06-04T00:00" }]
---
kind: MaintenanceWindow
name: summer
scope: /
cron: "0 2 * 6 *"
startAt: "${YEAR}-06-01"
timeZone: Europe/Berlin
duration: 2h
---
kind: MaintenanceWindow
name: sun
scope: /
cron: "30 2 1-2 6 *"
startAt: "${YEAR}-06-01"
timeZone: machine
duration: 3h
---
kind: MaintenanceWindow
name: ghosts
scope: /
cron: "45 23 * * *"
timeZone: UTC
duration: 45m
selector: name=ghost*
enabled: false
`;

describe("the command and maintenance windows", function () {
  this.timeout(180_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  let fleet: DeploymentFleet;
  let applied: Awaited<ReturnType<CommandHome["run"]>>;

  before(async () => {
    home = await commandHome();
    const port = await freePort();
    engine = await home.serve(["--port", String(port)]);
    fleet = await deploymentFleet(home, port, { berlin: { zone: "Europe/Berlin" }, tokyo: { zone: "Asia/Tokyo" } });
    applied = await fleet.apply(OPS);
  });
  after(async () => {
    await fleet?.stop();
    await engine?.stop();
    await home.remove();
  });

  it("shows when windows are saved which freezes hold them, which others they clash with, and what matches nothing", () => {
    assert.equal(applied.code, 0, applied.stderr);
    const warnings = [...applied.stdout.matchAll(/warning: (.*)/g)].map(([, text]) => text ?? "");
    // In one and the same apply: the freeze isn't there before.
    assert.ok(
      warnings.some((one) => /^3 of the next 10 occurrences lie in a freeze and won't start: .*books are closed/.test(one)),
      applied.stdout,
    );
    assert.ok(
      warnings.some((one) => /^10 of the next 10 occurrences overlap those of the window summer on 2 machines/.test(one)),
      applied.stdout,
    );
    assert.ok(
      warnings.some((one) => /^its selector name=ghost\* matches no machine in \/: its plans will be empty/.test(one)),
      applied.stdout,
    );
  });

  it("lists windows, and shows one as its document, with warnings a line each", async () => {
    const { stdout } = await home.run(["window", "list"]);
    assert.match(stdout, /^NAME +WHEN +ZONE +OPEN FOR +NEXT +MACHINES/);
    assert.match(stdout, /^ghosts +45 23 \* \* \* +UTC +45m +disabled +name=ghost\*/m);
    assert.match(stdout, /^sun +30 2 1-2 6 \* +machine +3h +in \d+ d +all/m);
    const shown = await home.run(["window", "show", "sun"]);
    assert.match(shown.stdout, /^kind: MaintenanceWindow\nname: sun\n/);
    assert.match(shown.stdout, /^warnings +\d+ of the next 10 .*freeze.*\n +\d+ of the next 10 .*overlap/m);
    assert.deepEqual(
      (await home.json(["window", "list"])).map(({ name }: any) => name),
      ["ghosts", "summer", "sun"],
    );
    assert.equal((await home.json(["window", "show", "sun"])).spec.timeZone, "machine");
  });

  it("exports windows as documents that change nothing when they are planned, with a schema for editors", async () => {
    const exported = await home.run(["export", "-o", "exported"]);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(await readFile(join(home.path, "exported/maintenancewindow/sun.yaml"), "utf8"), /^kind: MaintenanceWindow\nname: sun\n/m);
    const planned = await home.run(["plan", "-f", "exported"]);
    assert.deepEqual([planned.code, /^0 to create, 0 to change, 0 to delete/m.test(planned.stdout)], [0, true], planned.stdout + planned.stderr);
    assert.equal((await home.run(["export", "--schemas", "schemas"])).code, 0);
    const schema = JSON.parse(await readFile(join(home.path, "schemas/MaintenanceWindow.json"), "utf8"));
    assert.deepEqual(
      [schema.properties.kind.const, schema.required.includes("duration"), "rebootReserve" in schema.properties],
      ["MaintenanceWindow", true, true],
    );
  });

  it("previews what is to come: a line for each zone, with freezes and clashes", async () => {
    const { stdout, stderr, code } = await home.run(["window", "preview", "sun", "-n", "2"]);
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 5, stdout);
    assert.match(lines[1] ?? "", new RegExp(`^${YEAR}-06-01T02:30:00\\+09:00 .* Asia/Tokyo +1  overlaps summer on 2 machines$`));
    assert.match(lines[2] ?? "", new RegExp(`^${YEAR}-06-01T02:30:00\\+02:00 .* Europe/Berlin +1$`));
    // In Tokyo the first one opens before the freeze begins in Berlin.
    assert.match(lines[3] ?? "", new RegExp(`^${YEAR}-06-02T02:30:00\\+09:00 .* Asia/Tokyo +1  the freeze year-end .*books are closed; overlaps summer`));
    const preview = await home.json(["window", "preview", "sun", "--count", "1"]);
    assert.deepEqual([preview.machines, preview.withoutZone, preview.items.length, preview.items[0].zones.length], [2, 0, 1, 2]);
    assert.match((await home.run(["window", "preview", "ghosts"])).stderr, /^ghosts is disabled/);
    assert.equal((await home.run(["window", "preview", "sun", "-n", "0"])).code, 2);
  });

  it("enables and disables, also one that goes by each machine's clock", async () => {
    assert.match((await home.run(["window", "disable", "sun"])).stdout, /^disabled window sun$/m);
    const { stdout, code, stderr } = await home.run(["window", "enable", "sun"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^enabled window sun; next ${YEAR}-05-31T17:30:00Z, where it opens first$`, "m"));
  });

  it("skips the occurrence that comes next, or the one that is named, with a reason, and shows who has", async () => {
    assert.equal((await home.run(["window", "skip", "summer"])).code, 2, "a reason is needed");
    const skipped = await home.run(["window", "skip", "summer", "--reason", "sports\u001b[31m day"]);
    assert.equal(skipped.stdout, `skipped ${YEAR}-06-01T02:00:00+02:00[Europe/Berlin] of summer\n`, skipped.stderr);
    const { items } = await home.json(["window", "preview", "summer"]);
    const other = await home.json(["window", "skip", "summer", "--reason", "x", "--occurrence", items[2].occurrence]);
    assert.deepEqual([other.kind, other.by, other.occurrence], ["skipped", "admin", items[2].occurrence]);
    const { stdout } = await home.run(["window", "preview", "summer"]);
    assert.match(stdout, /^\S+-06-01T.* skipped by admin: sports day/m);
    const none = await home.run(["window", "skip", "summer", "--reason", "x", "--occurrence", "tomorrow"]);
    assert.deepEqual([none.code, /no coming occurrence tomorrow.*\[NOT_FOUND\]/.test(none.stderr)], [1, true], none.stderr);
  });

  it("opens one now, and closes it again", async () => {
    assert.equal((await home.run(["window", "run", "sun"])).code, 2, "a reason is needed");
    const short = await home.run(["window", "run", "sun", "--reason", "x", "--duration", "20m"]);
    assert.match(short.stderr, /20m must be from 30m to 24h \[BAD_REQUEST\]/);
    assert.equal((await home.run(["window", "run", "sun", "--reason", "x", "--duration", "soon"])).code, 2);
    const closed = await home.run(["window", "cancel", "sun", "--reason", "x"]);
    assert.match(closed.stderr, /sun isn't open; .*window skip sun.* \[CONFLICT\]/);
    const ran = await home.run(["window", "run", "ghosts", "--reason", "CVE-2099-1", "--duration", "30m"]);
    assert.match(ran.stdout, /^opened ghosts until .*Z: deployment dpl_\w+ is planned, its selector matches no machine$/m);
    assert.match((await home.run(["window", "run", "nothing", "--reason", "x"])).stderr, /no MaintenanceWindow "nothing"/);
    const problem = await home.run(["window", "cancel", "sun", "--reason", "x", "--json"]);
    assert.equal(JSON.parse(problem.stderr).code, "CONFLICT");
  });
});
