import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { VERSION } from "./version.ts";

/** The agent as files that run on a machine where nothing of this package is installed. */
export interface AgentBundle {
  version: string;
  /** SHA-256 of `agent`, hex: equal wherever and whenever it is built from the same sources and packages. */
  hash: string;
  /** CommonJS, one file without native parts. */
  agent: Uint8Array;
  /** ES module: starts the agent and, when it is updated, tries the new one first. */
  starter: Uint8Array;
}

const SOURCE = join(import.meta.dirname, "agent", "main.ts");
/** Where the published package has them, built. */
const BUILT = { agent: join(import.meta.dirname, "agent.cjs"), starter: join(import.meta.dirname, "agent-start.mjs") };

let made: Promise<AgentBundle> | undefined;

/** Built from source at the first call where there is source, else as it was packaged. */
export function agentBundle(): Promise<AgentBundle> {
  made ??= (existsSync(SOURCE) ? buildAgentBundle() : readBuilt()).catch((error) => {
    made = undefined; // a full disk or memory may pass
    throw error;
  });
  return made;
}

/** @param entry the program; tests have another one @param version of which release it says to be */
export async function buildAgentBundle({ entry = SOURCE, version = VERSION }: { entry?: string; version?: string } = {}): Promise<AgentBundle> {
  const [agent, starter] = await Promise.all([
    bundled(entry, "cjs", { RUNWRIGHT_AGENT_VERSION: JSON.stringify(version) }),
    bundled(join(import.meta.dirname, "agent", "starter", "main.ts"), "esm", {}),
  ]);
  return { version, hash: hashOf(agent), agent, starter };
}

async function readBuilt(): Promise<AgentBundle> {
  const [agent, starter] = await Promise.all([readFile(BUILT.agent), readFile(BUILT.starter)]);
  return { version: VERSION, hash: hashOf(agent), agent, starter };
}

const hashOf = (code: Uint8Array): string => createHash("sha256").update(code).digest("hex");

async function bundled(entry: string, format: "cjs" | "esm", define: Record<string, string>): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...{ entryPoints: [entry], absWorkingDir: import.meta.dirname, write: false, bundle: true, platform: "node", format, target: "node26" },
    // Names stay, for traces that can be read; where a file lay while it was built doesn't.
    ...{ minifyWhitespace: true, minifySyntax: true, legalComments: "none", charset: "utf8", define, plugins: [withoutNativeParts], logLevel: "silent" },
    tsconfigRaw: { compilerOptions: { strict: true, verbatimModuleSyntax: true } },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return file.contents;
}

/** `ws` can use native packages where they are installed. One beside the agent's directory must not slip in. */
const withoutNativeParts: Plugin = {
  name: "without native parts",
  setup(build) {
    build.onResolve({ filter: /^(bufferutil|utf-8-validate)$/ }, ({ path }) => ({ path, namespace: "absent" }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: 'throw new Error("not part of the agent")', loader: "js" }));
  },
};
