import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { trackerOf } from "../updates/feeds.ts";
import { anInventory, anUpdate, aPackage } from "../updates/reports.ts";
import { type CommandHome, commandHome } from "./command.ts";

const REPORT = {
  ...{
    packageManager: "apt",
    rebootPending: true,
    rebootReasons: [],
    repairs: ["dpkg --configure -a finished 1 package"],
    resumed: 1,
    logFile: "/var/log/1.log",
  },
  updates: [
    { ...{ name: "bash", architecture: "amd64", version: "1.1", fromVersion: "1.0" }, ...{ status: "Succeeded", message: "", startedAt: 1, endedAt: 2 } },
    { ...{ name: "vim", architecture: "amd64", version: "9", fromVersion: null }, ...{ status: "Failed", message: "evil\u001b[2J", startedAt: 1, endedAt: 2 } },
  ],
};

describe("the command and machines that lack updates", function () {
  this.timeout(180_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  const agents: ScriptedAgent[] = [];
  let refreshed: unknown[] = [];

  before(async () => {
    home = await commandHome();
    const port = await freePort();
    engine = await home.serve(["--port", String(port)]);
    for (const [name, role] of [
      ["web1", "web"],
      ["web2", "web"],
      ["db1", "db"],
    ] as const) {
      const { token } = await home.json(["agent", "token", "create", "--tag", `role=${role}`]);
      const facts = { distribution: "debian", distributionVersion: "12", os: "linux" as const };
      const updates = name === "db1" ? [] : [anUpdate("openssl", "1.1", { classification: "other" }), anUpdate("bash", "1.1", { held: true })];
      const inventory = () =>
        anInventory(Date.now(), {
          installed: [aPackage("openssl"), aPackage("bash")],
          updates,
          rebootPending: name === "web1",
          rebootReasons: ["linux-image-6.1"],
        });
      const agent = await startScriptedAgent(
        { port, token: async () => token },
        {
          name,
          facts,
          answers: {
            assess(args, self) {
              refreshed.push(args.refresh);
              if (name === "web2" && args.refresh) return { status: "failed", error: { code: "REPOSITORY_UNUSABLE", message: "deb.example can't be reached" } };
              self.report(inventory());
              return completed({ sequence: 1 });
            },
            install: () => completed(REPORT),
          },
        },
      );
      agents.push(agent);
      agent.report(inventory());
    }
  });
  after(async () => {
    for (const agent of agents) await agent.stop();
    await engine.stop();
    await home.remove();
  });

  it("lists machines with what they lack, how old that is, and whether a reboot is pending", async () => {
    await eventually("all reports", async () => (await home.json(["machine", "list"])).every((one: any) => one.assessment));
    const { stdout, code } = await home.run(["machine", "list"]);
    assert.equal(code, 0);
    assert.match(stdout, /^NAME +STATE +SYSTEM +SCOPE +TAGS +UPDATES +ASSESSED +SEEN$/m);
    assert.match(stdout, /^web1 .*role=web +noncompliant \(1 security, 1 other, 1 held\), reboot pending +\d+ s ago/m);
    assert.match(stdout, /^db1 .* compliant +\d+ s ago/m);
    const shown = await home.run(["machine", "show", "web1"]);
    assert.match(shown.stdout, /^reboot +pending: linux-image-6.1$/m);
    assert.match(shown.stdout, /^assessed +\d+ s ago with apt, 2 packages installed$/m);
  });

  it("asks machines by name or selector to look for updates now, and shows what came of it", async () => {
    refreshed = [];
    const { stdout, code } = await home.run(["update", "assess", "tag:role=web", "--wait"]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^web1 +completed +noncompliant/m);
    assert.match(stdout, /^web2 +completed +noncompliant/m);
    assert.deepEqual(refreshed, [false, false]);
    const one = await home.json(["update", "assess", "db1", "--wait"]);
    assert.deepEqual(
      one.map((row: any) => [row.machine, row.status, row.assessment.compliance]),
      [["db1", "completed", "compliant"]],
    );
  });

  it("fails when one of them does, and says why", async () => {
    const { stdout, code } = await home.run(["update", "assess", "all", "--refresh", "--wait"]);
    assert.equal(code, 1);
    assert.match(stdout, /^web2 +failed .*deb\.example can't be reached \[REPOSITORY_UNUSABLE\]$/m);
    assert.match(stdout, /^web1 +completed/m);
    assert.equal((await home.run(["update", "assess", "nobody"])).code, 1);
    assert.match((await home.run(["update", "assess", "tag:role=nothing"])).stderr, /no machine matches/);
  });

  it("doesn't wait unless it is asked to", async () => {
    const { stdout, stderr, code } = await home.run(["update", "assess", "web1"]);
    assert.equal(code, 0);
    assert.match(stdout, /^web1 +(queued|sent|acknowledged)/m);
    assert.match(stderr, /within seconds/);
  });

  it("imports vulnerability data from a file and from standard input, and lists updates by it", async () => {
    const file = join(home.path, "tracker.json");
    await writeFile(file, trackerOf([{ source: "openssl", version: "1.1", cves: ["CVE-2099-0001", "CVE-2099-0002"] }]));
    const { stdout, stderr, code } = await home.run(["update", "import", file, "--format", "debian-tracker"]);
    assert.deepEqual([code, stdout], [0, 'imported 1 fixed versions and 0 vulnerabilities as "debian-tracker"\n'], stderr);
    const piped = await home.run(["update", "import", "-", "--format", "kev", "--json"], {
      stdin: JSON.stringify({ vulnerabilities: [{ cveID: "CVE-2099-0002", dateAdded: "2099-01-01" }] }),
    });
    assert.equal(JSON.parse(piped.stdout).vulnerabilities, 1, piped.stderr);
    const listed = await home.run(["update", "imports"]);
    assert.match(listed.stdout, /^debian-tracker +\d+ s ago +\S+ +tracker\.json +1 +0 +0$/m);
    // Without any further report: what is known already is judged again.
    const found = await eventually("the CVEs", async () => {
      const updates = await home.json(["update", "list", "tag:role=web", "--cve", "cve-2099-0002", "--classification", "security", "--exploited"]);
      return updates.length === 2 && updates;
    });
    const cves = ["CVE-2099-0001", "CVE-2099-0002"];
    assert.deepEqual(
      found.map((one: any) => [one.machine, one.name, one.cves]),
      [
        ["web1", "openssl", cves],
        ["web2", "openssl", cves],
      ],
    );
    const table = await home.run(["update", "list", "--machine", "web1"]);
    assert.match(table.stdout, /^web1 +openssl +1\.0 +1\.1 +security +exploited +approved +CVE-2099-0001 and 1 more/m);
    assert.equal((await home.run(["update", "imports", "--remove", "kev"])).code, 0);
  });

  const wrong: [string[], RegExp][] = [
    [["update", "list", "--cve", "openssl"], /CVE-2024-3094/],
    [["update", "list", "--severity", "bad"], /critical, important/],
    [["update", "list", "--verdict", "maybe"], /approved/],
    [["update", "import", "file", "--format", "nonsense"], /debian-tracker/],
    [["update", "import", "file"], /--format/],
    [["update", "import", "file", "--format", "updateinfo"], /--platform/],
  ];
  for (const [args, message] of wrong)
    it(`calls "${args.join(" ")}" wrong usage`, async () => {
      const { code, stderr } = await home.run(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });

  it("says that a file isn't there, or isn't what it should be, without a stack", async () => {
    const missing = await home.run(["update", "import", "not-there.json", "--format", "kev"]);
    assert.match(missing.stderr, /^runwright: .*not-there\.json can't be read.* \[NOT_FOUND\]\n$/);
    await writeFile(join(home.path, "odd.json"), "<html>");
    const odd = await home.run(["update", "import", "odd.json", "--format", "debian-tracker"]);
    assert.match(odd.stderr, /^runwright: the file isn't JSON of this format.* \[BAD_REQUEST\]\n$/);
  });

  it("shows what was installed on a machine, and nothing that moves the cursor", async () => {
    const none = await home.run(["machine", "installs", "db1"]);
    assert.match(none.stderr, /Nothing was installed on db1/);
    const runbook = `import { runbook, Type } from "runwright";
export default runbook({ summary: "Install", parameters: Type.Object({}), permissions: { machines: { select: "name=web1", actions: ["install"] } },
  async run({ machines }) { const web = await machines.get("web1"); await web.install([{ name: "bash", architecture: "amd64", version: "1.1" }]); } });`;
    await writeFile(join(home.path, "patch-web.ts"), runbook);
    assert.equal((await home.run(["runbook", "publish", "patch-web.ts"])).code, 0);
    const run = await home.run(["run", "patch-web", "--wait"]);
    assert.equal(run.code, 0, run.stderr);
    const { stdout } = await home.run(["machine", "installs", "web1"]);
    assert.match(stdout, /^repairs +dpkg --configure -a finished 1 package$/m);
    assert.match(stdout, /^resumed +1 times/m);
    assert.match(stdout, /^bash +1\.0 +1\.1 +Succeeded$/m);
    assert.match(stdout, /^vim +9 +Failed +evil\uFFFD\[2J$/m);
    assert.equal((await home.json(["machine", "installs", "web1"]))[0].updates.length, 2);
  });

  it("plans the runbook, schedule and policy that come with Runwright as they are", async () => {
    const folder = fileURLToPath(new URL("../../runbooks/update-management", import.meta.url));
    const { code, stdout, stderr } = await home.run(["plan", "-f", folder]);
    assert.equal(code, 3, stderr);
    for (const name of ["assess", "assess-daily", "standard"]) assert.match(stdout, new RegExp(`\\b${name}\\b`));
  });

  it("tags and removes machines", async () => {
    assert.equal((await home.run(["machine", "tag", "db1", "ring=last", "role-"])).stdout, "db1: ring=last\n");
    assert.equal((await home.run(["machine", "remove", "db1"])).code, 0);
    assert.deepEqual(
      (await home.json(["machine", "list"])).map((one: any) => one.name),
      ["web1", "web2"],
    );
  });
});
