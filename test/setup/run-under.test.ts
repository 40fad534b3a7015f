import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const MODULE = new URL("../../scripts/run-under.mjs", import.meta.url).href;

describe("running a program in our place", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  /** Starts a process that runs `program` under itself and takes over its exit code. */
  async function start(program: string): Promise<{ outer: ChildProcess; lines: AsyncIterator<string> }> {
    const inner = join(directory.path, "inner.mjs");
    const outer = join(directory.path, "outer.mjs");
    await writeFile(inner, program);
    await writeFile(
      outer,
      `import { runUnder } from ${JSON.stringify(MODULE)};\nprocess.exitCode = await runUnder(process.execPath, [process.argv[2], "an argument"]);`,
    );
    const child = fork(outer, [inner], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    child.disconnect();
    assert.ok(child.stdout);
    return { outer: child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  }
  const next = async (lines: AsyncIterator<string>) => (await lines.next()).value;

  it("passes arguments on, and takes over output and exit code", async () => {
    const { outer, lines } = await start("console.log(process.argv[2]); process.exitCode = 7;");
    const exit = once(outer, "exit");
    assert.equal(await next(lines), "an argument");
    assert.deepEqual(await exit, [7, null]);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`passes ${signal} on once, even when it comes twice at once, and waits for a clean end`, async () => {
      const { outer, lines } = await start(`
        let count = 0;
        process.on("${signal}", () => {
          count++;
          setTimeout(() => process.exit(count), 200);
        });
        setInterval(() => {}, 60_000);
        console.log("ready");`);
      const exit = once(outer, "exit");
      assert.equal(await next(lines), "ready");
      outer.kill(signal);
      outer.kill(signal);
      assert.deepEqual(await exit, [1, null]);
    });
  }

  it("ends the program when npm, which runs us through a shell, was ended", async function () {
    if (process.platform === "win32") skip(this, "npm uses another shell on Windows");
    const { outer } = await start("");
    await once(outer, "exit");
    await writeFile(
      join(directory.path, "inner.mjs"),
      'process.on("SIGTERM", () => { console.log("told to end"); process.exit(0); }); setInterval(() => {}, 60_000); console.log("ready");',
    );
    const command = `"${process.execPath}" "${join(directory.path, "outer.mjs")}" "${join(directory.path, "inner.mjs")}"; exit 0`;
    const shell = spawn("sh", ["-c", command], { env: { ...process.env, npm_lifecycle_event: "start" }, stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
    assert.equal(await next(lines), "ready");
    shell.kill("SIGTERM");
    assert.equal(await next(lines), "told to end");
    assert.equal((await lines.next()).done, true, "nobody holds the output any more");
  });

  it("ends with 128 + 9 when the program is killed", async () => {
    const { outer, lines } = await start("console.log(process.pid); setInterval(() => {}, 60_000);");
    const exit = once(outer, "exit");
    process.kill(Number(await next(lines)), "SIGKILL");
    assert.deepEqual(await exit, [137, null]);
  });

  it("leaves Ctrl-C at a terminal to the terminal, which tells every process of the group itself", async function () {
    if (process.platform !== "linux") skip(this, "needs script(1) as util-linux has it");
    // script(1) gives us a terminal; what is typed there as Ctrl-C becomes one SIGINT for the whole group.
    const { outer } = await start("");
    await once(outer, "exit");
    await writeFile(
      join(directory.path, "inner.mjs"),
      `let count = 0;
       process.on("SIGINT", () => { count++; setTimeout(() => { console.log("SIGINT " + count); process.exit(0); }, 300); });
       setInterval(() => {}, 60_000);
       console.log("ready");`,
    );
    const command = `${process.execPath} ${join(directory.path, "outer.mjs")} ${join(directory.path, "inner.mjs")}`;
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface(terminal.stdout)[Symbol.asyncIterator]();
    assert.match(await next(lines), /ready/);
    terminal.stdin.write("\x03");
    assert.match(await next(lines), /SIGINT 1/);
    await once(terminal, "exit");
  });
});
