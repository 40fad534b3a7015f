import { join } from "node:path";
import { startAgent } from "../../engine/agent/agent.ts";
import { createApt } from "../../engine/agent/packages/apt.ts";
import { changeRunner } from "../../engine/agent/packages/change-program.ts";
import { programRunner } from "../../engine/agent/packages/program.ts";
import { systemClock } from "../../engine/clock.ts";

/** A real agent process for tests that kill it, of a lab host: `node lab-agent-process.ts STATE_DIRECTORY HOST_DIRECTORY ENVIRONMENT`. It prints "connected" when it is. */
const [, , stateDirectory = "", root = "", environmentJson = "{}"] = process.argv;
const environment: Record<string, string> = JSON.parse(environmentJson);
const log = { info: () => {}, warn: () => {}, error: (fields: object, message: string) => console.error(message, fields) };
const agent = await startAgent({
  ...{ stateDirectory, agentVersion: "0.1.0", clock: systemClock, log, environment: process.env },
  adapters: [createApt({ clock: systemClock, run: programRunner(environment), change: changeRunner(environment), root, lockPauseMs: 20 })],
  policies: [join(stateDirectory, "policy.json")],
});
await agent.connected;
console.log("connected");
process.once("SIGTERM", () => void agent.stop());
