import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createExec } from "../../engine/agent/exec.ts";
import { findTree } from "../../engine/agent/process-tree.ts";
import { systemClock } from "../../engine/clock.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { type ExecResult, MAX_FRAME_BYTES, MAX_KEPT_OUTPUT } from "../../engine/protocol/agent.ts";
import { eventually } from "../support/eventually.ts";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("the action exec", () => {
  let home: TemporaryDirectory;
  let made = 0;
  const exec = createExec({ clock: systemClock, environment: { PATH: "/usr/bin:/bin", SECRET: "of the agent" }, graceMs: 200 });
  const run = async (
    args: object,
    { signal = new AbortController().signal, output = () => {} }: { signal?: AbortSignal; output?: (stream: string, chunk: string) => void } = {},
  ) => (await exec({ timeoutMs: 15_000, ...args }, { commandId: `cmd_exec${++made}`, signal, stopping: new AbortController().signal, output })) as ExecResult;
  const sh = (script: string, ...rest: string[]) => ["sh", "-c", script, ...rest];
  const isAlive = async (pid: number) => !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State: Z"));
  const pidIn = (file: string) =>
    eventually("a process id", async () => {
      const text = await readFile(join(home.path, file), "utf8").catch(() => "");
      return text.endsWith("\n") ? Number(text) : undefined;
    });

  before(function () {
    if (process.platform !== "linux") {
      skip(this, "the process tree is read from /proc, which only Linux has");
    }
  });
  beforeEach(async () => {
    home = await temporaryDirectory();
  });
  afterEach(() => home.remove());

  it("gives a program no shell, an empty input and little of the agent's environment", async () => {
    const { stdout } = await run({ argv: ["env"] });
    assert.match(stdout, /^PATH=\/usr\/bin:\/bin$/m);
    assert.match(stdout, /^LANG=C\.UTF-8$/m);
    assert.ok(!stdout.includes("SECRET"));
    assert.equal((await run({ argv: ["echo", "$PATH; id"] })).stdout, "$PATH; id\n");
    assert.equal((await run({ argv: ["cat"] })).stdout, "");
  });

  it("kills the whole process tree at the time limit: children, grandchildren, and what left group, session and parent", async () => {
    const script = `
      sleep 300 & echo $! > child
      sh -c 'trap "" TERM; sleep 300 & echo $! > grandchild; wait; sleep 300' &
      setsid sh -c 'echo $$ > session; sleep 300' &
      setsid sh -c '(setsid sh -c "echo \\$\\$ > orphan; exec sleep 300" &)' &
      wait`;
    const result = run({ argv: sh(script), cwd: home.path, timeoutMs: 700 });
    const pids = await Promise.all(["child", "grandchild", "session", "orphan"].map(pidIn));
    assert.deepEqual(await Promise.all(pids.map(isAlive)), [true, true, true, true]);
    const { timedOut, exitCode } = await result;
    assert.equal(timedOut, true);
    assert.equal(exitCode, null);
    assert.deepEqual(await Promise.all(pids.map(isAlive)), [false, false, false, false]);
  });

  it("lets a program that handles SIGTERM end by itself", async () => {
    const { timedOut, exitCode, stdout } = await run({ argv: sh('trap "echo cleaned; exit 9" TERM; while :; do sleep 0.01; done'), timeoutMs: 300 });
    assert.deepEqual({ timedOut, exitCode, stdout }, { timedOut: true, exitCode: 9, stdout: "cleaned\n" });
  });

  it("ends the tree when it is cancelled", async () => {
    const cancel = new AbortController();
    const result = run({ argv: sh("sleep 300 & echo $! > child; wait"), cwd: home.path }, { signal: cancel.signal });
    const child = await pidIn("child");
    cancel.abort();
    const { cancelled, timedOut } = await result;
    assert.deepEqual({ cancelled, timedOut }, { cancelled: true, timedOut: false });
    assert.equal(await isAlive(child), false);
  });

  it("never kills a package manager, nor what it has started, and says that it goes on", async () => {
    // A program named like one: what counts is the name of its executable.
    const script = 'cp "$(command -v sh)" dpkg; ./dpkg -c "echo \\$\\$ > manager; sleep 3 & echo \\$! > script; wait" & sleep 300 & echo $! > other; wait';
    const result = run({ argv: sh(script), cwd: home.path, timeoutMs: 700 });
    const [manager, maintainerScript, other] = await Promise.all(["manager", "script", "other"].map(pidIn));
    const { timedOut, stderr } = await result;
    assert.equal(timedOut, true);
    assert.match(stderr, new RegExp(`still running.*dpkg \\(${manager}\\)`));
    assert.deepEqual(await Promise.all([manager, maintainerScript, other].map((pid) => isAlive(Number(pid)))), [true, true, false]);
    await eventually("its own end", async () => !(await isAlive(Number(manager))));
  });

  it("doesn't wait for what a program leaves running in the background, and leaves it running", async () => {
    const startedAt = performance.now();
    const { exitCode, stdout } = await run({ argv: sh("sleep 20 & echo $! > child; echo done"), cwd: home.path });
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: "done\n" });
    assert.ok(performance.now() - startedAt < 10_000);
    const child = await pidIn("child");
    assert.equal(await isAlive(child), true);
    process.kill(child, "SIGKILL");
  });

  it("keeps a megabyte of each stream, reads the rest, and says so", async () => {
    let passedOn = 0;
    const { stdout, stderr, stdoutTruncated, stderrTruncated, exitCode } = await run(
      { argv: sh("head -c 5000000 /dev/zero | tr '\\0' a; echo short >&2") },
      { output: (_, chunk) => (passedOn += chunk.length) },
    );
    assert.equal(stdout.length, MAX_KEPT_OUTPUT);
    assert.equal(passedOn, MAX_KEPT_OUTPUT + "short\n".length);
    assert.deepEqual({ stderr, stdoutTruncated, stderrTruncated, exitCode }, { stderr: "short\n", stdoutTruncated: true, stderrTruncated: false, exitCode: 0 });
  });

  it("keeps less of what takes more room in a frame, so that the result always fits one", async () => {
    const result = await run({ argv: sh("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2") });
    assert.ok(result.stdoutTruncated && result.stderrTruncated);
    assert.ok(Buffer.byteLength(JSON.stringify(result)) < MAX_FRAME_BYTES);
  });

  it("doesn't tear characters apart that come in two pieces", async () => {
    const { stdout } = await run({ argv: sh("printf '\\342\\230'; sleep 0.2; printf '\\203'") });
    assert.equal(stdout, "☃");
  });

  it("doesn't mind a program that ignores its input", async () => {
    assert.equal((await run({ argv: ["true"], stdin: "x".repeat(1_000_000) })).exitCode, 0);
  });

  for (const [what, args] of [
    ["an empty argv", { argv: [] }],
    ["an argument with a NUL", { argv: ["echo", "a\0b"] }],
    ["a time limit of zero", { argv: ["true"], timeoutMs: 0 }],
    ["a variable that isn't text", { argv: ["true"], env: { A: 1 } }],
    ["nothing at all", null],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { signal } = new AbortController();
      const context = { commandId: "cmd_x", signal, stopping: signal, output: () => {} };
      await assert.rejects(exec(args, context), (error) => isRunwrightError(error, "BAD_REQUEST"));
    });
  }

  it("says which program or folder is missing", async () => {
    await assert.rejects(run({ argv: ["no-such-program"] }), (error) => isRunwrightError(error, "EXEC_FAILED") && /no-such-program/.test(error.message));
    await assert.rejects(
      run({ argv: ["true"], cwd: "/no/such/folder" }),
      (error) => isRunwrightError(error, "EXEC_FAILED") && /\/no\/such\/folder/.test(error.message),
    );
  });

  it("finds nothing of a command that has ended", async () => {
    assert.deepEqual(await findTree(2 ** 22 + 1, "cmd_nobody"), { pids: [], spared: [] });
  });
});
