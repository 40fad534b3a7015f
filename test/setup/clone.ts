import { spawn } from "node:child_process";
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_PACKAGES } from "../../scripts/find-node.mjs";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const SCRIPTS = fileURLToPath(new URL("../../scripts/", import.meta.url));

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface Clone extends AsyncDisposable {
  root: string;
  /** Writes package.json and a lock file that fits; `version` changes both, so that set-up has work to do. */
  lock(version: string): Promise<void>;
  /** Runs a program in the clone to its end. */
  run(program: string, args: readonly string[], options?: { env?: NodeJS.ProcessEnv }): Promise<Run>;
  /** Calls set-up in a process of its own, after `before`; prints what it returns. */
  setup(options?: object, before?: string, env?: NodeJS.ProcessEnv): Promise<Run>;
}

/**
 * A clone with the real scripts and a lock file whose only package lies in the clone itself, so that `npm ci` needs no network:
 * a stand-in for the package that brings Node, with a link to the Node that runs these tests.
 */
export async function clone(): Promise<Clone> {
  const directory = await temporaryDirectory("runwright-clone-");
  const root = directory.path;
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}` as keyof typeof NODE_PACKAGES];
  await cp(SCRIPTS, join(root, "scripts"), { recursive: true });
  await mkdir(join(root, "pinned", "bin"), { recursive: true });
  await writeFile(join(root, "pinned", "package.json"), JSON.stringify({ name, version: "1.0.0", bin: { node: "bin/node" } }));
  await symlink(process.execPath, join(root, "pinned", "bin", "node"));
  await chmod(root, 0o755);

  const run: Clone["run"] = (program, args, { env = process.env } = {}) =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
      });
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr, ms: performance.now() - started }));
    });

  const lock: Clone["lock"] = async (version) => {
    const manifest = { name: "clone", version, optionalDependencies: { [name]: "file:pinned" } };
    const packages = { "": manifest, [`node_modules/${name}`]: { resolved: "pinned", link: true }, pinned: { name, version: "1.0.0", optional: true } };
    await writeFile(join(root, "package.json"), JSON.stringify(manifest));
    await writeFile(join(root, "package-lock.json"), JSON.stringify({ name: "clone", version, lockfileVersion: 3, requires: true, packages }));
  };
  await lock("1.0.0");

  return {
    root,
    lock,
    run,
    setup: (options = {}, before = "", env = process.env) => {
      const script = `
        const { runMain, setup } = await import("./scripts/setup.mjs");
        ${before}
        await runMain(async () => {
          const started = performance.now();
          const result = await setup({ root: process.cwd(), ...${JSON.stringify(options)} });
          console.log(JSON.stringify({ ...result, ms: performance.now() - started }));
          return 0;
        });`;
      return run(process.execPath, ["--input-type=module", "--eval", script], { env });
    },
    [Symbol.asyncDispose]: () => directory.remove(),
  };
}
