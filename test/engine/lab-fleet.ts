import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { joinEngine } from "../../engine/agent/join.ts";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import type { Deployment, DeploymentDetail, DeploymentMachine } from "../../engine/protocol/http/deployments.ts";
import { AGENT } from "../agent/agent-under-test.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import type { LabHost } from "../support/lab.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { alter } from "./alter.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";
import { publishSolution } from "./rollout-rows.ts";

const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");
const AGENT_PROCESS = join(import.meta.dirname, "../agent/lab-agent-process.ts");

/** A host of the lab with a real agent, in a process of its own, behind a wire that can be cut. */
export interface LabMember {
  host: LabHost;
  machineId: string;
  stateDirectory: string;
  /** SIGKILL for the agent alone. */
  killAgent(): Promise<void>;
  startAgent(): Promise<void>;
  /** The connection is gone, and none comes about until it is mended. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export interface LabFleet {
  engine: EngineProcess;
  directory: string;
  join(host: LabHost, name: string): Promise<LabMember>;
  /** Opens a window over all machines now. @returns the deployment, whose machines were planned from what agents have reported */
  open(spec?: Partial<MaintenanceWindowSpec>): Promise<Deployment>;
  show(id: string): Promise<DeploymentDetail>;
  machines(id: string): Promise<DeploymentMachine[]>;
  ended(id: string): Promise<DeploymentDetail>;
  /** Hours go by: the window has closed, and nobody waits for these commands any more. */
  closeWindow(id: string): void;
  /** The command as people use it. */
  command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  stop(): Promise<void>;
}

/** A real engine with the runbooks of the solution. */
export async function startLabFleet(): Promise<LabFleet> {
  const home = await temporaryDirectory();
  const engine = await startEngineProcess(home.path);
  const stops: (() => Promise<unknown>)[] = [() => home.remove(), () => engine.kill()];
  await publishSolution(engine);
  const demand = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await engine.request<Body>(method, `/api/v1${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const show = (id: string) => demand<DeploymentDetail>("GET", `/deployments/${id}`);

  return {
    engine,
    directory: home.path,
    show,
    async join(host, name) {
      const member = await joinHost(engine, host, name);
      stops.push(() => member.stop());
      await eventually(`the first report of ${name}`, async () => (await demand<{ assessment: unknown }>("GET", `/machines/${name}`)).assessment, 30_000);
      return member;
    },
    async open(spec = {}) {
      const all: MaintenanceWindowSpec = { cron: "0 2 * * *", timeZone: "UTC", duration: "2h", soak: "0s", runbook: "deploy", ...spec };
      await demand("PUT", "/windows/nightly", { spec: all });
      return demand<Deployment>("POST", "/windows/nightly/run", { reason: "test" });
    },
    machines: async (id) => (await demand<{ items: DeploymentMachine[] }>("GET", `/deployments/${id}/machines?limit=500`)).items,
    ended: (id) =>
      eventually(
        `the end of ${id}`,
        async () => {
          const found = await show(id);
          return found.endedAt === null ? undefined : found;
        },
        100_000,
      ),
    closeWindow(id) {
      const now = Date.now();
      alter(home.path, `update "deployments" set "closesAt" = ? where "id" = ?`, now, id);
      alter(home.path, `update "deploymentMachines" set "closesAt" = ? where "deploymentId" = ?`, now, id);
      alter(home.path, `update "commands" set "deadlineAt" = 1 where "action" = 'install' and "endedAt" is null`);
    },
    command: (...args) =>
      new Promise((resolve) => {
        const env = { PATH: process.env.PATH, HOME: home.path, RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token };
        execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      }),
    async stop() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

async function joinHost(engine: EngineProcess, host: LabHost, name: string): Promise<LabMember & { stop(): Promise<void> }> {
  const wire = await startWire(Number(new URL(engine.url).port));
  const { body } = await engine.request<{ token: string }>("POST", "/api/v1/join-tokens", { scope: "/", url: wire.url });
  const home = await temporaryDirectory();
  const stateDirectory = join(home.path, "agent");
  const { machineId } = await joinEngine({ ...AGENT, stateDirectory, token: body.token, name });
  let child: ChildProcess;
  const startAgent = async () => {
    const args = [AGENT_PROCESS, stateDirectory, host.directory, JSON.stringify(host.environment)];
    child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] }); // what it logs of a wire that is cut is no news
    await once(child.stdout as NodeJS.ReadableStream, "data");
  };
  const killAgent = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  await startAgent();
  return {
    ...{ host, machineId, stateDirectory, killAgent, startAgent, cut: wire.cut, mend: wire.mend },
    async stop() {
      await killAgent();
      await host.kill();
      await wire.cut();
      await home.remove();
    },
  };
}

/** Passes bytes on to a port of this machine, until it is cut. */
async function startWire(to: number) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const mend = async () => {
    server = createServer((socket) => {
      const other = connect(to, "127.0.0.1");
      for (const [one, next] of [
        [socket, other],
        [other, socket],
      ] as const) {
        sockets.add(one);
        one.on("error", () => next.destroy()).on("close", () => sockets.delete(one));
        one.pipe(next);
      }
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await mend();
  return {
    url: `http://127.0.0.1:${port}`,
    mend,
    async cut() {
      if (server === undefined) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      server = undefined;
    },
  };
}

/** Whether the script of lab-gate waits. */
export const waitsAtGate = (host: LabHost, phase: "unpack" | "configure") =>
  eventually(`lab-gate's ${phase}`, async () => (await readFile(join(host.directory, "var/log/lab-gate.log"), "utf8").catch(() => "")).includes(phase), 60_000);
