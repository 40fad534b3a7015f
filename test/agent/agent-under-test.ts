import { join } from "node:path";
import { type Agent, type AgentParts, startAgent } from "../../engine/agent/agent.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import { systemClock } from "../../engine/clock.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { recordingLog, type TestEngine } from "./engine-under-test.ts";

export interface TestAgent {
  agent: Agent;
  stateDirectory: string;
  machineId: string;
  /** Starts it again on the same state after it was stopped. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const { log } = recordingLog();
export const AGENT = { agentVersion: "0.1.0", clock: systemClock, log, environment: { PATH: "/usr/bin:/bin" } };

/** A state directory of a machine that has joined. */
export async function joined(engine: Pick<TestEngine, "token">, { name = "web1", token }: { name?: string; token?: string } = {}) {
  const home = await temporaryDirectory();
  const stateDirectory = join(home.path, "agent");
  try {
    const member = await joinEngine({ ...AGENT, stateDirectory, token: token ?? (await engine.token()), name });
    return { home, ...member };
  } catch (error) {
    await home.remove();
    throw error;
  }
}

/** An agent in this process, without a package manager unless one is given, joined and connected. */
export async function startTestAgent(
  engine: TestEngine,
  options: { name?: string; token?: string; home?: TemporaryDirectory } & Partial<AgentParts> = {},
): Promise<TestAgent> {
  const { home, stateDirectory, machineId } = await joined(engine, options);
  const start = async () => {
    const agent = await startAgent({ ...AGENT, adapters: [], policies: [join(stateDirectory, "policy.json")], ...options, stateDirectory });
    await agent.connected;
    return agent;
  };
  let agent = await start().catch(async (error) => {
    await home.remove();
    throw error;
  });
  return {
    get agent() {
      return agent;
    },
    stateDirectory,
    machineId,
    async restart() {
      await agent.stop();
      agent = await start();
    },
    async stop() {
      await agent.stop();
      await home.remove();
    },
  };
}
