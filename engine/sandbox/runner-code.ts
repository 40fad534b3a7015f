import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
/** `.ts` in a clone, `.js` in the npm package. */
const EXTENSION = extname(fileURLToPath(import.meta.url));
const ENTRY = join(HERE, "runner", `main${EXTENSION}`);
const ENGINE = dirname(HERE);

export interface RunnerCode {
  entry: string;
  /** All files and folders of the runner's own code. */
  readable: readonly string[];
}

/**
 * The program of a runner. In a clone it is TypeScript of several files; bundled into one file of JavaScript it starts in half the time and takes 15 MB less,
 * as no runner has to strip types, and it is all that a runner may read. The file is kept beside the dependencies, under a name that changes with its sources.
 * Where it can't be written the sources themselves are run.
 */
export function runnerCode(): RunnerCode {
  const sources = {
    entry: realpathSync(ENTRY),
    readable: [join(HERE, "runner"), join(ENGINE, "protocol"), join(ENGINE, "core"), join(ENGINE, "package.json")].map((path) => realpathSync(path)),
  };
  if (EXTENSION !== ".ts") return sources;
  try {
    const entry = bundled(sources);
    return { entry, readable: [entry] };
  } catch {
    return sources; // a read-only clone: slower, not less safe
  }
}

function bundled({ readable }: RunnerCode): string {
  const stamp = createHash("sha256");
  for (const folder of readable.slice(0, -1)) {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      const path = join(folder, name);
      if (!isFile(path)) continue;
      // Their contents: builds that share their dependencies share this folder, and archives give all files the same time.
      const bytes = readFileSync(path);
      stamp.update(`${name} ${bytes.length}\n`).update(bytes);
    }
  }
  // Where it really lies: a runner sees no links, and looks for the addon from there.
  const folder = join(realpathSync(join(ENGINE, "..", "node_modules")), ".cache", "runwright");
  const file = join(folder, `runner-${stamp.digest("hex").slice(0, 16)}.mjs`);
  if (isFile(file)) return file;
  // Loaded only when it is needed: its service process would stay.
  const esbuild: typeof import("esbuild") = createRequire(import.meta.url)("esbuild");
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node26",
    external: ["isolated-vm"],
    logLevel: "silent",
  });
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, outputFiles[0]?.contents ?? "");
  renameSync(draft, file);
  return file;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
