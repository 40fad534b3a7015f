import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { anInventory, anUpdate, aPackage } from "../updates/reports.ts";
import type { CommandHome } from "./command.ts";

const RUNBOOK = fileURLToPath(new URL("../../runbooks/update-management/deploy.ts", import.meta.url));
export const HOSTILE = "exit 100: \u001b[2Jdpkg \u202ebroke\nsecond line";

/** Machines that lack bash 1.1, on a real engine with the real runbook; a test says how the install of one goes. */
export async function deploymentFleet(home: CommandHome, port: number, machines: Readonly<Record<string, { zone?: string }>>) {
  const agents = new Map<string, ScriptedAgent>();
  const installs = new Map<string, Answer>();
  /** Those that have bash 1.1 by now. */
  const patched = new Set<string>();
  const published = await home.run(["runbook", "publish", RUNBOOK]);
  if (published.code !== 0) throw new Error(published.stderr);
  for (const [name, { zone = "UTC" }] of Object.entries(machines)) {
    const { token } = await home.json(["agent", "token", "create"]);
    const inventory = () => {
      const isPatched = patched.has(name);
      const updates = isPatched ? [] : [anUpdate("bash", "1.1", { rebootBehaviour: "never" })];
      return anInventory(Date.now(), { installed: [aPackage("bash", isPatched ? "1.1" : "1.0")], updates });
    };
    const agent = await startScriptedAgent(
      { port, token: async () => token },
      {
        name,
        facts: { timeZone: zone },
        answers: {
          assess(_args, self) {
            self.report(inventory());
            return completed({ sequence: 1 });
          },
          install: (args, self, id) => (installs.get(name) ?? succeeds)(args, self, id),
        },
      },
    );
    agents.set(name, agent);
    agent.report(inventory());
  }
  await eventually("all reports", async () => (await home.json(["machine", "list"])).every((one: any) => one.assessment));

  // An engine takes those for gone that are silent for long.
  const heartbeats = setInterval(() => {
    for (const agent of agents.values()) agent.send({ type: "heartbeat", running: [] });
  }, 10_000);

  return {
    agents,
    installs,
    patched,
    /** Writes documents and applies them. */
    async apply(text: string) {
      await writeFile(join(home.path, "ops.yaml"), text);
      return home.run(["apply", "-f", "ops.yaml", "--yes"]);
    },
    /** Opens a window now. @returns its deployment */
    async open(window: string): Promise<any> {
      const made = await home.json(["window", "run", window, "--reason", "a test"]);
      if (made.status === "awaitingApproval") await home.run(["deployment", "approve", made.id, made.planHash]);
      return made;
    },
    /** Waits until a deployment has come so far. */
    reached: (id: string, ...statuses: string[]) =>
      eventually(
        `${id} ${statuses.join()}`,
        async () => {
          const found = await home.json(["deployment", "show", id]);
          return statuses.includes(found.status) && found;
        },
        30_000,
      ),
    async stop() {
      clearInterval(heartbeats);
      for (const agent of agents.values()) await agent.stop();
    },
  };
}
export type DeploymentFleet = Awaited<ReturnType<typeof deploymentFleet>>;

const report = (args: any, status: string, message = "") =>
  completed({
    ...{ packageManager: "apt", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "/var/log/1.log" },
    updates: args.updates.map((one: object) => ({ ...one, fromVersion: "1.0", status, message, startedAt: 1, endedAt: 2 })),
  });
export const succeeds: Answer = (args) => report(args, "Succeeded");
export const fails: Answer = (args) => report(args, "Failed", HOSTILE);

/** An install that goes on until a test lets it end. */
export function held(): { answer: Answer; begun: Promise<void>; end(): void } {
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  return {
    async answer(args, agent, id) {
      begun.resolve();
      await over.promise;
      return succeeds(args, agent, id);
    },
    begun: begun.promise,
    end: () => over.resolve(),
  };
}
