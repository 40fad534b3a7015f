import { join } from "node:path";
import { startAgent } from "../../engine/agent/agent.ts";
import { systemClock } from "../../engine/clock.ts";

/** A real agent process for tests that kill it: `node agent-process.ts STATE_DIRECTORY`; it prints "connected" when it is. */
const [, , stateDirectory = ""] = process.argv;
const log = {
  info: () => {},
  warn: (_: object, message: string) => console.error(message),
  error: (fields: object, message: string) => console.error(message, fields),
};
const agent = await startAgent({
  stateDirectory,
  agentVersion: "0.1.0",
  clock: systemClock,
  log,
  environment: process.env,
  adapters: [],
  policies: [join(stateDirectory, "policy.json")],
});
await agent.connected;
console.log("connected");
process.once("SIGTERM", () => void agent.stop());
