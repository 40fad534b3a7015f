import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { World } from "./world.ts";

/** What a runbook says of one command: it was done, it was interrupted, or the machine wasn't there. */
export interface Commanded {
  /** What the command appends to its machine's trace. */
  mark: string;
  outcome: "done" | "COMMAND_INTERRUPTED" | "COMMAND_EXPIRED" | "AGENT_OFFLINE";
}

export interface Worked {
  http: string[];
  commands: Commanded[];
  children: { id: string; n: number }[];
}

const CHILD = `async ({ params, http, sleep, output }) => {
  await sleep(params.n % 3 === 0 ? 1200 : 50);
  await http.fetch(params.url + "/child/" + params.n, { method: "POST", json: {} });
  output(params.n);
}`;

/** Every kind of effect, one after the other and side by side; what came of each is put out. */
const WORK = `async ({ params, http, machines, jobs, sleep, output, log, progress }) => {
  const { n, url, folder, machine: name } = params;
  const worked = { http: [], commands: [], children: [] };
  output("begin");
  async function send(step) {
    const path = "/effects/" + n + "/" + step;
    const { status } = await http.fetch(url + path, { method: "POST", json: { n } });
    if (status !== 200) throw new Error("HTTP " + status);
    worked.http.push(path);
  }
  async function command(step) {
    for (let attempt = 1; ; attempt++) {
      const mark = n + "." + step + "." + attempt;
      try {
        const machine = await machines.get(name);
        await machine.exec(["sh", "-c", 'echo "$1" >> "$2"; sleep 0.2', "sh", mark, folder + "/" + name], { timeout: "20s" });
        worked.commands.push({ mark, outcome: "done" });
        return;
      } catch (error) {
        worked.commands.push({ mark, outcome: error.code });
        // Nothing was done: the machine will be back.
        if (error.code !== "AGENT_OFFLINE" || attempt > 60) return;
        await sleep(500);
      }
    }
  }
  async function child(step) {
    const { id, status, outputs, error } = await jobs.run("child", { n: n * 10 + step, url });
    if (status !== "completed") throw new Error("child " + status + " " + JSON.stringify(error));
    worked.children.push({ id, n: outputs[0] });
  }
  await send("first");
  log("sent");
  await sleep(n % 2 === 0 ? 300 : 1500);
  output("slept");
  await Promise.all([command(1), child(1), send("second")]);
  output("half");
  progress(0.5);
  await sleep(200);
  if (n % 3 === 0) await command(2);
  if (n % 4 === 0) await child(2);
  await send("last");
  output(worked);
}`;

export const expectedMilestones = ["begin", "slept", "half"];

export async function publishWorkload(world: World): Promise<void> {
  const schema = `parameters: { type: "object" },`;
  const http = JSON.stringify([world.receiver.url]);
  await publish(world, "child", CHILD, `${schema} permissions: { http: ${http} },`);
  await publish(world, "every-effect", WORK, `${schema} permissions: { http: ${http}, machines: { select: "all", actions: ["exec"] }, jobs: ["child"] },`);
}

async function publish(world: World, name: string, run: string, declaration: string): Promise<void> {
  const bundle = `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "${name}", ${declaration} run: ${run} } } };`;
  const body = { bundle, bundleHash: bundleHashOf(bundle), sourceMap: null, sources: [{ path: `${name}.ts`, text: run }], scope: "/", message: "" };
  await world.ask("POST", `/api/v1/runbooks/${name}/publish`, { body });
}

/** @returns the job's id: from here on it must not be lost */
export async function startWork(world: World, n: number): Promise<string> {
  const machine = world.agents[n % world.agents.length]?.name;
  const params = { n, url: world.receiver.url, folder: world.folder, machine };
  return (await world.ask<Job>("POST", "/api/v1/runbooks/every-effect/jobs", { body: { params }, key: `work ${n}` })).id;
}
