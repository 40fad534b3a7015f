// The part of `npm run package:agent` that needs the pinned Node: it reads the sources as they are.
import { chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAgentBundle } from "../engine/agent-bundle.ts";
import { buildExecutable } from "./agent-executable.mjs";
import { runUnder } from "./run-under.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = new Set(process.argv.slice(2));
const folder = join(root, "dist", "agent");
const files = {
  agent: join(folder, "agent.cjs"),
  starter: join(folder, "agent-start.mjs"),
  executable: join(folder, process.platform === "win32" ? "runwright-agent.exe" : "runwright-agent"),
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const { version, hash, agent, starter } = await buildAgentBundle();
await writeFile(files.agent, agent);
await writeFile(files.starter, starter);
console.log(`Runwright agent ${version}, SHA-256 ${hash}`);
await show(files.agent, "one file without native parts");
await show(files.starter, "starts it, and tries new versions; runs under Node 26: node agent-start.mjs --help");
if (!words.has("--no-executable")) {
  await buildExecutable({ node: process.execPath, starter: files.starter, agent: files.agent, output: files.executable });
  await chmod(files.executable, 0o755);
  await show(files.executable, `both with Node ${process.versions.node} inside`);
}
if (words.has("--measure")) {
  const programs = [[process.execPath, files.starter], ...(words.has("--no-executable") ? [] : [[files.executable]])].map((one) => JSON.stringify(one));
  process.exitCode = await runUnder(process.execPath, [join(root, "test", "bench", "measure-agent.ts"), ...programs]);
}

async function show(path, what) {
  const { size } = await stat(path);
  console.log(
    `${path.slice(root.length + 1).padEnd(28)} ${(size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`).padStart(9)}  ${what}`,
  );
}
