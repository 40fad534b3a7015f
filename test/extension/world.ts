import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, commandHome } from "../cli/command.ts";
import { deploymentFleet } from "../cli/deployment-fleet.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";

const RUNBOOKS = {
  hello: `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Greet someone",
  parameters: Type.Object({ name: Type.String({ default: "world" }), loud: Type.Boolean({ default: false }) }),
  async run({ params, log, output, progress }) {
    log(\`Hello, \${params.name}\`);
    progress(0.5, "half way");
    output({ greeted: params.name, loud: params.loud });
  },
});
`,
  broken: `import { runbook } from "runwright";
export default runbook({
  summary: "Fail with a stack",
  async run({ log }) {
    log("about to fail");
    deep();
  },
});
function deep(): never {
  throw new Error("this is wrong");
}
`,
  asks: `import { runbook } from "runwright";
export default runbook({
  summary: "Ask before something is changed",
  async run({ approval, log }) {
    await approval({ message: "Change the firewall?" });
    log("changed");
  },
});
`,
};

const DOCUMENTS = `
kind: Schedule
name: every-night
scope: /
cron: "30 2 * * *"
timeZone: Europe/Berlin
runs: [{ runbook: hello, parameters: { name: night } }]
---
kind: Schedule
name: switched-off
scope: /
enabled: false
cron: "0 0 1 1 *"
timeZone: UTC
runs: [{ runbook: hello }]
---
kind: Webhook
name: from-outside
scope: /
verify: { scheme: none }
runs: [{ runbook: hello }]
---
kind: Variable
name: region
scope: /
value: north
---
kind: UpdatePolicy
name: all
scope: /
classifications: [critical, security, updates, other]
deferral: { default: 0d }
---
kind: MaintenanceWindow
name: guarded
scope: /
cron: "0 2 1 1 *"
timeZone: Europe/Berlin
duration: 2h
waves: "1, rest"
soak: 0s
errorBudget: "1"
approval: { count: 1, byRequester: true }
`;

/**
 * A real engine in a process of its own, with agents that answer like real ones, and something in each view: runbooks, jobs of every ending, a question, a plan that
 * waits for approval, schedules, a webhook, machines with a missing update, assets.
 */
export async function engineWithEverything({ machines = 3 } = {}) {
  const home: CommandHome = await commandHome();
  const port = await freePort();
  const engine = await home.serve(["--port", String(port)]);
  const names = Array.from({ length: machines }, (_, i) => `web${i + 1}`);
  const fleet = await deploymentFleet(home, port, Object.fromEntries(names.map((name) => [name, {}])));
  for (const [name, text] of Object.entries(RUNBOOKS)) {
    await writeFile(join(home.path, `${name}.ts`), text);
    await must(home, ["runbook", "publish", `${name}.ts`, "--message", `the first ${name}`]);
  }
  const applied = await fleet.apply(DOCUMENTS);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const admin: { url: string; token: string } = JSON.parse(await readFile(join(home.path, ".runwright", "admin.json"), "utf8"));
  return {
    home,
    fleet,
    ...admin,
    /** Jobs that have ended each in its way, and one that asks. */
    async jobs(): Promise<void> {
      await must(home, ["run", "hello", "--wait"]);
      await home.run(["run", "broken", "--wait"]);
      await must(home, ["run", "asks"]);
      await eventually("the question", async () => (await home.json(["approval", "list"])).length > 0);
    },
    /** A deployment that waits for somebody's word. @returns its id */
    async plan(): Promise<string> {
      return (await home.json(["window", "run", "guarded", "--reason", "a test"])).id;
    },
    async stop() {
      await fleet.stop();
      await engine.stop();
      await home.remove();
    },
  };
}
export type EngineWithEverything = Awaited<ReturnType<typeof engineWithEverything>>;

async function must(home: CommandHome, words: readonly string[]): Promise<void> {
  const { code, stderr } = await home.run(words);
  if (code !== 0) throw new Error(`runwright ${words.join(" ")}: ${stderr}`);
}
