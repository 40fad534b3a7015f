import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type DemoEngine, PROGRAM, said } from "./engine.ts";
import { type Host, STATE } from "./hosts.ts";

const ON_HOST = join(import.meta.dirname, "../lab/on-host.sh");
const PROJECT = join(import.meta.dirname, "../..");
/** What on-host.sh ends with after reboot(2). */
const REBOOTED = 129;

/** `machine`: the agent sees its host as `/`. `rootdir`: where no namespaces can be made, it works on the host's files from outside. */
export type Way = "machine" | "rootdir";

export interface RunningHost {
  /** How often it has booted since the demo began. */
  boots(): number;
  stop(): Promise<void>;
}

/** Enrols a host and runs its agent, again after each reboot, until it is stopped. */
export async function startHost(host: Host, { engine, repository, way }: { engine: DemoEngine; repository: string; way: Way }): Promise<RunningHost> {
  const state = join(host.directory, STATE);
  const { token } = await engine.client.request<{ token: string }>("POST", "/api/v1/join-tokens", {
    body: { scope: "/demo", uses: 1, url: engine.url, tags: Object.fromEntries(host.tags.map((tag) => tag.split("=", 2))) },
  });
  await said(["agent", "join", "--state", state, "--name", host.name], { env: engine.as(), input: token });
  await mkdir(join(host.directory, ".lab"), { recursive: true });
  const rebootCommand = way === "machine" ? ["systemctl", "reboot", "-ff"] : ["bash", join(import.meta.dirname, "reboot-rootdir.sh"), host.directory];
  await writeFile(join(state, "policy.json"), JSON.stringify({ rebootCommand }), { mode: 0o600 });

  let boots = 0;
  let stopped = false;
  let child: ChildProcess | undefined;
  let log = "";
  async function live(): Promise<void> {
    for (let how = "boot"; !stopped; ) {
      if (how === "boot") boots++;
      child = way === "machine" ? machine(host, repository, how) : rootdir(host, state);
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (chunk: string) => (log = (log + chunk).slice(-20_000)));
      const code = await new Promise<number | null>((resolve) => child?.once("exit", resolve));
      how = code === REBOOTED ? "boot" : "wake";
      if (!stopped && how === "wake") await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
  const living = live();
  return {
    boots: () => boots,
    async stop() {
      stopped = true;
      child?.kill("SIGTERM");
      const killer = setTimeout(() => child?.kill("SIGKILL"), 10_000);
      await living;
      clearTimeout(killer);
      await writeFile(join(host.directory, ".lab/agent.log"), log);
    },
  };
}

function machine(host: Host, repository: string, how: string): ChildProcess {
  const shown = [repository, PROJECT, dirname(process.execPath)].filter((path) => existsSync(path) && !path.startsWith("/usr/"));
  const options = ["-m", "overlay", ...(how === "boot" ? ["-B"] : []), ...shown.flatMap((path) => ["-b", path])];
  const agent = [process.execPath, PROGRAM, "agent", "run", "--state", STATE];
  return spawn("bash", [ON_HOST, ...options, host.directory, "--", ...agent], { stdio: ["ignore", "pipe", "pipe"], detached: true });
}

function rootdir({ directory }: Host, state: string): ChildProcess {
  const agent = [process.execPath, join(import.meta.dirname, "rootdir-agent.ts"), state, directory];
  return spawn("bash", [ON_HOST, directory, "--", ...agent], { stdio: ["ignore", "pipe", "pipe"], detached: true });
}

/** This computer, which is only looked at: its agent obeys nothing that changes anything. */
export async function startOwnMachine(home: string, engine: DemoEngine): Promise<{ name: string; stop(): Promise<void> }> {
  const state = join(home, "own-agent");
  const { token } = await engine.client.request<{ token: string }>("POST", "/api/v1/join-tokens", { body: { scope: "/", uses: 1, url: engine.url } });
  const { name } = JSON.parse(await said(["agent", "join", "--state", state, "--json"], { env: engine.as(), input: token })) as { name: string };
  await writeFile(join(state, "policy.json"), JSON.stringify({ actions: ["inventory"] }), { mode: 0o600 });
  const child = spawn(process.execPath, [PROGRAM, "agent", "run", "--state", state], { stdio: "ignore", detached: true });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    name,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
