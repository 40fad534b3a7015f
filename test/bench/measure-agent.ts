// `node measure-agent.ts '["PROGRAM","ARGUMENT"]'…`: how much memory an idle agent takes, one line for each way to run it.
import { basename } from "node:path";
import { agentMemory } from "./agent-memory.ts";

const GOAL_MB = 80;

for (const text of process.argv.slice(2)) {
  const program: string[] = JSON.parse(text);
  const { resident, own, installed, updates } = await agentMemory(program);
  const goal = `goal < ${GOAL_MB} MB: ${resident < GOAL_MB ? "reached" : "MISSED"}`;
  console.log(
    `${basename(program.at(-1) ?? "")}: ${resident.toFixed(1)} MB resident when idle, ${own.toFixed(1)} MB of it its own (${installed} packages, ${updates} updates reported; ${goal})`,
  );
  if (resident >= GOAL_MB) process.exitCode = 1;
}
