import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { eventually } from "../../support/eventually.ts";
import { skip } from "../../support/skip.ts";
import { editorOrSkip } from "./editor.ts";

const END_WITHIN_MS = 30_000;

const module = (name: string) => JSON.stringify(new URL(`../../../scripts/vscode/${name}`, import.meta.url).href);

/** Starts an editor with a browser on it, says which folder the run has, and waits to be killed. */
const PROGRAM = `
  const { setUpEditor } = await import(${module("setup.mjs")});
  const { startServer } = await import(${module("server.mjs")});
  const { openBrowser } = await import(${module("browser.mjs")});
  const editor = await setUpEditor("newest");
  const server = await startServer(editor);
  const { page } = await openBrowser(editor, { folder: server.folder });
  await page.goto(server.address());
  await page.locator(".monaco-workbench").waitFor();
  console.log(server.folder);
  setInterval(() => {}, 60_000);`;

describe("an editor whose test run is killed", function () {
  this.timeout(90_000);

  before(async function () {
    if (process.platform !== "linux") skip(this, "processes are read from /proc, which only Linux has");
    await editorOrSkip(this, "newest");
  });

  it("ends with all its processes, and its folder is removed", async () => {
    const run = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    try {
      const folder = await firstLine(run);
      // The guard, the server, its extension host, and several of the browser.
      await eventually("an editor and a browser", () => processesOf(folder).length >= 5, END_WITHIN_MS);

      process.kill(-(run.pid as number), "SIGKILL");
      await eventually("the end of all of them", () => processesOf(folder).length === 0, END_WITHIN_MS);
      await eventually("the removal of their folder", () => !existsSync(folder), END_WITHIN_MS);
    } finally {
      run.kill("SIGKILL");
    }
  });
});

async function firstLine(run: ChildProcess): Promise<string> {
  const ended = once(run, "exit").then(([code]) => Promise.reject(new Error(`it ended with ${code} before the editor was there`)));
  const [line] = await Promise.race([once(createInterface(run.stdout as Readable), "line"), ended]);
  ended.catch(() => {}); // its end is wanted from now on
  return line;
}

/** Processes that name the folder on their command line or have it in their environment, as TMPDIR for one. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(folder) || readFileSync(`/proc/${name}/environ`, "utf8").includes(folder) ? [command] : [];
    } catch {
      return []; // it ended while we looked, or belongs to someone else
    }
  });
}
