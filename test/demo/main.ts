import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment, DeploymentDetail, DeploymentMachine } from "../../engine/protocol/http/deployments.ts";
import { eventually } from "../support/eventually.ts";
import { canMount } from "../support/lab-machine.ts";
import { type RunningHost, startHost, startOwnMachine, type Way } from "./agents.ts";
import { castOf } from "./cast.ts";
import { type DemoEngine, said, shown, startEngine } from "./engine.ts";
import { type Before, type Evidence, evidenceOf, machineOf } from "./evidence.ts";
import { bootIdOf, type Host, installedOn, makeHosts } from "./hosts.ts";
import { type DemoOptions, demoOptions, USAGE } from "./options.ts";
import { headline, printTable } from "./tables.ts";

const RESOURCES = join(import.meta.dirname, "demo.yaml");
const SOLUTION = join(import.meta.dirname, "../../runbooks/update-management");
const WINDOW = "sunday-night";
const ASSESSED_MS = 60_000;

/**
 * The main job, whole: throw-away hosts with outdated packages are assessed, planned, approved and patched wave by wave in a window that opens now, by the real engine, its agents
 * and apt. One package fails, one is held, one wants a reboot; which, the seed says.
 * @returns the exit code: 0 when everything came as it must, and each host's own programs say the same as the engine
 */
async function demo({ seed, hosts: count, keep }: DemoOptions): Promise<number> {
  const missing = ["apt-get", "apt-cache", "dpkg-deb", "dpkg-query", "gpg", "bash"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  if (missing.length > 0) {
    console.error(
      `The demo patches throw-away Debian hosts with this machine's own programs, and ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing: run it on Debian or Ubuntu.`,
    );
    return 2;
  }
  const way: Way = canMount() && spawnSync("systemctl", ["--version"]).error === undefined ? "machine" : "rootdir";
  const home = await mkdtemp(join(tmpdir(), "runwright-demo-"));
  const stops: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const stop of stops.splice(0).reverse()) await stop().catch((error) => console.error(error));
  };
  const interrupted = (signal: NodeJS.Signals) => {
    console.error(`\n${signal}: ending hosts and engine`);
    void end().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    headline(`Throw-away hosts (seed ${seed})`);
    const { repository, hosts } = await makeHosts(home, castOf(seed, count));
    console.log(`${hosts.length} hosts below ${join(home, "hosts")}, each with its own packages; a signed repository has newer ones.`);
    console.log(
      way === "machine"
        ? "Each is a machine to its agent: with a root, processes, a boot id of its own. Nothing of this computer is changed."
        : "This computer lets nobody make namespaces: agents work on the files of their hosts from outside, with real apt and dpkg. Nothing of this computer is changed.",
    );

    headline("An engine, its runbooks and what the team has written");
    const engine = await startEngine(home);
    stops.push(() => engine.stop());
    await engine.client.request("POST", "/api/v1/principals", { body: { kind: "user", name: "bea", grants: [] } });
    await said(["solution", "install", SOLUTION, "--yes"], { env: engine.as() });
    await said(["apply", "-f", RESOURCES, "--yes"], { env: engine.as() });
    const bea = JSON.parse(await said(["token", "create", "bea", "--principal", "bea", "--json"], { env: engine.as() })) as { token: string };
    await shown(["window", "preview", WINDOW, "--count", "3"], { env: engine.as() });

    headline("Agents join and report what is installed and missing");
    const running = new Map<string, RunningHost>();
    await Promise.all(
      hosts.map(async (host) => {
        const one = await startHost(host, { engine, repository, way });
        running.set(host.name, one);
        stops.push(() => one.stop());
      }),
    );
    const own = await startOwnMachine(home, engine);
    stops.push(() => own.stop());
    for (const { name } of hosts) await assessed(engine, name);
    const before = new Map(
      await Promise.all(hosts.map(async (host) => [host.name, { versions: await installedOn(host), bootId: await bootIdOf(host) }] as const)),
    );
    await shown(["machine", "list"], { env: engine.as() });
    const complianceBefore = await compliance(engine, hosts);
    await tellOwnMachine(engine, own.name);

    headline("A plan, and somebody else's approval of exactly that");
    await shown(["window", "run", WINDOW, "--reason", "the demo can't wait for Sunday"], { env: engine.as() });
    const [planned] = (await engine.client.request<{ items: Deployment[] }>("GET", "/api/v1/deployments?limit=1")).items;
    if (!planned) throw new Error("there is no deployment");
    await shown(["deployment", "show", planned.id, "--plan"], { env: engine.as() });
    await shown(["deployment", "approve", planned.id, planned.planHash.slice(0, 12), "--reason", "read it, looks right"], { env: engine.as(bea.token) });

    headline("The rollout, wave by wave");
    await shown(["deployment", "watch", planned.id], { env: engine.as(bea.token) });
    const ended = await engine.client.request<DeploymentDetail>("GET", `/api/v1/deployments/${planned.id}`);
    const rows = (await engine.client.request<{ items: DeploymentMachine[] }>("GET", `/api/v1/deployments/${planned.id}/machines?limit=500`)).items;
    for (const { name } of hosts) await reportedSince(engine, name, rows.find((row) => row.name === name)?.endedAt ?? null);

    headline("What became of it: the engine's word beside dpkg-query on each host");
    const evidence = await Promise.all(hosts.map((host) => evidenceFor(engine, host, rows, before)));
    tellEvidence(evidence);
    tellCompliance(complianceBefore, await compliance(engine, hosts));
    const wrong = [
      ...evidence.flatMap(({ host, contradictions }) => contradictions.map((text) => `${host.name}: ${text}`)),
      ...expectations(evidence, ended, before),
    ];
    headline(wrong.length === 0 ? "As it must be" : "This isn't as it must be");
    if (wrong.length === 0) tellStory(evidence, ended);
    else for (const line of wrong) console.log(line);
    if (keep) await writeFile(join(home, "evidence.json"), JSON.stringify({ ended, rows }, null, 2));
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await end();
    if (keep) console.log(`\nHosts, logs and the engine's data are left in ${home}.`);
    else await rm(home, { recursive: true, force: true });
  }
}

const assessed = (engine: DemoEngine, name: string) =>
  eventually(`the first report of ${name}`, async () => (await machineOf(engine, name)).assessment ?? undefined, ASSESSED_MS);

/** After its part of the rollout each agent looks again; the table is about that. */
async function reportedSince(engine: DemoEngine, name: string, since: string | null): Promise<void> {
  await eventually(
    `a report of ${name} after the rollout`,
    async () => {
      const { assessment, state } = await machineOf(engine, name);
      return state === "online" && assessment !== null && (since === null || Date.parse(assessment.receivedAt) >= Date.parse(since) - 60_000);
    },
    ASSESSED_MS,
  );
}

interface Standing {
  state: string;
  problem: string;
  missing: number;
  held: number;
}

async function compliance(engine: DemoEngine, hosts: readonly Host[]): Promise<Map<string, Standing>> {
  const found = new Map<string, Standing>();
  for (const { name } of hosts) {
    const { assessment } = await machineOf(engine, name);
    const { held = 0, ...missing } = assessment?.counts ?? {};
    found.set(name, {
      state: assessment?.compliance ?? "notassessed",
      problem: assessment?.problems[0] ?? "",
      missing: Object.values(missing).reduce((sum, n) => sum + n, 0),
      held,
    });
  }
  return found;
}

async function evidenceFor(engine: DemoEngine, host: Host, rows: readonly DeploymentMachine[], before: ReadonlyMap<string, Before>): Promise<Evidence> {
  const row = rows.find(({ name }) => name === host.name);
  const then = before.get(host.name);
  if (!row || !then) throw new Error(`${host.name} isn't in the deployment`);
  return evidenceOf(engine, host, row, then);
}

function tellEvidence(evidence: readonly Evidence[]): void {
  printTable(
    ["host", "wave", "status", "dpkg-query", "reboot", "command", "log sha256"],
    evidence.map(({ host, row, there, commandId, logHash }) => [
      ...[host.name, row.wave === null ? "" : row.wave + 1, row.status, `${there} of ${row.updates.length} there`],
      ...[row.rebootState === "Completed" ? "proven" : row.rebootState === "NotNeeded" ? "" : row.rebootState, commandId, logHash.slice(0, 16)],
    ]),
  );
}

function tellCompliance(before: ReadonlyMap<string, Standing>, after: ReadonlyMap<string, Standing>): void {
  console.log("");
  printTable(
    ["host", "before", "missing", "held", "after", "missing", "held", "because"],
    [...before].map(([name, was]) => {
      const is = after.get(name);
      return [name, was.state, was.missing, was.held, is?.state ?? "", is?.missing ?? 0, is?.held ?? 0, is?.problem ?? ""];
    }),
  );
}

async function tellOwnMachine(engine: DemoEngine, name: string): Promise<void> {
  const assessment = await assessed(engine, name).catch(() => undefined);
  const missing = Object.entries(assessment?.counts ?? {}).filter(([word, n]) => word !== "held" && n > 0);
  const figures = missing.length === 0 ? "misses nothing" : `misses ${missing.map(([word, n]) => `${n} ${word}`).join(", ")}`;
  console.log(`\n${name}, this computer, is only assessed: it ${assessment ? figures : "hasn't reported yet"}. Its policy forbids everything else.`);
}

/** What the seed has put there must show: a failed update, a held one that stays, a proven reboot; and nothing else fails. */
function expectations(evidence: readonly Evidence[], ended: DeploymentDetail, before: ReadonlyMap<string, Before>): string[] {
  const wrong: string[] = [];
  for (const { host, row, there } of evidence) {
    const expected = host.part === "fails" ? "Failed" : "Succeeded";
    if (row.status !== expected) wrong.push(`${host.name} is ${row.status}, not ${expected}: ${row.message}`);
    const failing = host.part === "fails" ? 1 : 0;
    if (there !== row.updates.length - failing) wrong.push(`${host.name} has ${there} of ${row.updates.length} updates`);
    if (host.part === "reboots" && row.rebootState !== "Completed") wrong.push(`${host.name} hasn't rebooted: ${row.rebootState}`);
    if (host.part === "held" && row.updates.some(({ name }) => name === "lab-held")) wrong.push(`the held package of ${host.name} is in the plan`);
    if (before.get(host.name) === undefined) wrong.push(`nothing is known of ${host.name} before`);
  }
  if (ended.status !== "failed") wrong.push(`the deployment is ${ended.status} (${ended.reason}), though a package fails`);
  return wrong;
}

function tellStory(evidence: readonly Evidence[], { reason }: DeploymentDetail): void {
  const of = (part: Host["part"]) => evidence.find(({ host }) => host.part === part);
  console.log(`Deployment: ${reason}.`);
  console.log(`${of("fails")?.host.name}: ${of("fails")?.row.message}`);
  console.log(`${of("held")?.host.name}: lab-held stayed at 1.0-1, as its owner holds it.`);
  console.log(
    `${of("reboots")?.host.name}: rebooted, boot id ${of("reboots")?.row.bootIdBefore?.slice(0, 8)} → ${of("reboots")?.row.bootIdAfter?.slice(0, 8)}.`,
  );
  console.log(`${evidence.reduce((sum, { row }) => sum + row.updates.length, 0)} planned updates compared with dpkg-query: no contradiction.`);
  console.log("Next: npm run demo -- --seed 2, or npm start for an engine of your own.");
}

try {
  const options = demoOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else process.exitCode = await demo(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
