import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startAgent } from "../../engine/agent/agent.ts";
import { createApt } from "../../engine/agent/packages/apt.ts";
import { changeRunner } from "../../engine/agent/packages/change-program.ts";
import { programRunner } from "../../engine/agent/packages/program.ts";
import { systemClock } from "../../engine/clock.ts";

/**
 * The agent of a host whose files lie below a folder, where no namespaces can be made: real apt and dpkg work on them, led there by the variables of test/lab/on-host.sh.
 * `node rootdir-agent.ts STATE_DIRECTORY HOST_DIRECTORY`
 */
const [, , stateDirectory = "", root = ""] = process.argv;
const { APT_CONFIG = "", DPKG_ROOT = "", DPKG_ADMINDIR = "", DPKG_FORCE = "", LAB_ROOT = "" } = process.env;
const environment = { APT_CONFIG, DPKG_ROOT, DPKG_ADMINDIR, DPKG_FORCE, LAB_ROOT };
const bootFile = join(root, ".lab/boot_id");
if (!existsSync(bootFile)) await writeFile(bootFile, randomUUID());
await writeFile(join(root, ".lab/agent.pid"), `${process.pid}`);
const say = (fields: object, message: string) => console.error(message, fields);
const agent = await startAgent({
  ...{ stateDirectory, agentVersion: "0.1.0", clock: systemClock, environment: process.env },
  log: { info: () => {}, warn: say, error: say },
  adapters: [createApt({ clock: systemClock, run: programRunner(environment), change: changeRunner(environment), root })],
  policies: [join(stateDirectory, "policy.json")],
  bootId: async () => (await readFile(bootFile, "utf8")).trim(),
  // Others of this machine are of no concern to its hosts.
  packageManagersAtWork: async () => [],
});
process.once("SIGTERM", () => void agent.stop());
