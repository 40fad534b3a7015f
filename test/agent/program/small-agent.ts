import { join } from "node:path";
import { startAgent } from "../../../engine/agent/agent.ts";
import { findStarter } from "../../../engine/agent/starter/contract.ts";
import { systemClock } from "../../../engine/clock.ts";

/** The program of the agent without package managers, so that its reports take no time; bundled as the real one is, to be updated to and from. */
declare const RUNWRIGHT_AGENT_VERSION: string;

const starter = findStarter();
const argv = starter?.argv ?? [];
const stateDirectory = argv[argv.indexOf("--state") + 1] ?? "";
const say = (level: string) => (_: object, message: string) => void process.stderr.write(`${level} ${message}\n`);

async function main(): Promise<void> {
  const agent = await startAgent({
    ...{ stateDirectory, agentVersion: RUNWRIGHT_AGENT_VERSION, clock: systemClock, environment: process.env, adapters: [] },
    ...{ log: { info: say("info"), warn: say("warn"), error: say("error") }, policies: [join(stateDirectory, "policy.json")] },
    ...(starter ? { starter, onReported: () => starter.reported() } : {}),
  });
  process.once("SIGTERM", () => void agent.stop());
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
