import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Makes a single executable of the starter, with the agent inside: Node's own `--build-sea` (nodejs.org/api/single-executable-applications.html), which
 * copies the Node that runs it. No code cache: the agent is compiled from the bytes that were hashed.
 * @param {{ node: string, starter: string, agent: string, output: string }} paths
 */
export async function buildExecutable({ node, starter, agent, output }) {
  const folder = await mkdtemp(join(tmpdir(), "runwright-sea-"));
  try {
    const config = join(folder, "sea.json");
    const assets = { "agent.cjs": agent };
    await writeFile(
      config,
      JSON.stringify({ main: starter, mainFormat: "module", output, disableExperimentalSEAWarning: true, execArgvExtension: "none", assets }),
    );
    await promisify(execFile)(node, ["--build-sea", config]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
