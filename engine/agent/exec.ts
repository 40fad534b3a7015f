import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { type ExecArgs, type ExecResult, execArgs } from "../protocol/agent.ts";
import type { Action, ActionContext } from "./actions.ts";
import { keepOutput } from "./output.ts";
import { askToEnd, killTree, MARKER } from "./process-tree.ts";

const DEFAULT_TIMEOUT_MS = 5 * 60_000;
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;
/** A program that left a background process behind holds its pipes open: nobody waits longer for them. */
const DRAIN_MS = 1_000;

/** Names that a command inherits from the agent: what programs can't do without. Everything else is left out. */
const INHERITED = ["PATH", "HOME", "USER", "LOGNAME", "TZ", "SystemRoot", "ComSpec", "PATHEXT", "TEMP", "TMP", "windir"];
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The action `exec`: runs a program without a shell. Output goes out as it comes and is kept up to a limit. At the time limit, or when it is cancelled,
 * the whole process tree ends: SIGTERM, two seconds, SIGKILL; package managers at work are spared.
 * @param environment of the agent
 */
export function createExec({
  clock,
  environment,
  graceMs = GRACE_MS,
}: {
  clock: Clock;
  environment: Readonly<Record<string, string | undefined>>;
  graceMs?: number;
}): Action {
  const inherited = Object.fromEntries(INHERITED.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])));
  return async (args, context) => {
    if (!execArgs.Check(args)) {
      const [first] = execArgs.Errors(args);
      throw new RunwrightError("BAD_REQUEST", `exec${first?.instancePath ?? ""} ${first?.message ?? "has invalid arguments"}`);
    }
    const env = { PATH: DEFAULT_PATH, LANG: "C.UTF-8", ...inherited, ...args.env, [MARKER]: context.commandId };
    return runProgram(args, env, context, { clock, graceMs });
  };
}

interface Exit {
  exitCode: number | null;
  signal: string | null;
}

async function runProgram(
  args: ExecArgs,
  env: Record<string, string>,
  context: ActionContext,
  { clock, graceMs }: { clock: Clock; graceMs: number },
): Promise<ExecResult> {
  const startedAt = clock.monotonic();
  const [file = "", ...rest] = args.argv;
  const child = spawn(file, rest, { cwd: args.cwd, env, detached: process.platform !== "win32", stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const stdout = keepOutput(child.stdout, (chunk) => context.output("stdout", chunk));
  const stderr = keepOutput(child.stderr, (chunk) => context.output("stderr", chunk));
  const exit = Promise.withResolvers<Exit>();
  child.once("error", (cause) =>
    exit.reject(new RunwrightError("EXEC_FAILED", `${file} can't be started${args.cwd ? ` in ${args.cwd}` : ""}: ${cause.message}`, { cause })),
  );
  child.once("exit", (exitCode, signal) => exit.resolve({ exitCode, signal }));
  child.stdin.on("error", () => {}); // the program may end without reading it all
  child.stdin.end(args.stdin ?? "");

  let timedOut = false;
  let ending: Promise<string[]> | undefined;
  const end = () => {
    ending ??= endTree(child, context.commandId, exit, graceMs);
    ending.catch(exit.reject);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, args.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  context.signal.addEventListener("abort", end, { once: true });
  if (context.signal.aborted) end();
  try {
    const outcome = await exit.promise;
    const spared = (await ending) ?? [];
    if (spared.length > 0) stderr.add(`runwright: still running, as package managers are never interrupted: ${spared.join(", ")}\n`);
    await Promise.race([Promise.all([stdout.ended, stderr.ended]), delay(spared.length > 0 ? 0 : DRAIN_MS, undefined, { ref: false })]);
    const [out, err] = [stdout.finish(), stderr.finish()];
    return {
      ...outcome,
      stdout: out.text,
      stderr: err.text,
      stdoutTruncated: out.truncated,
      stderrTruncated: err.truncated,
      timedOut,
      cancelled: context.signal.aborted && !timedOut,
      durationMs: Math.round(clock.monotonic() - startedAt),
    };
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener("abort", end);
  }
}

/** SIGTERM to the whole tree, a while later SIGKILL to what is left. @returns what was spared; then the result doesn't wait for the program either */
async function endTree(child: ChildProcess, commandId: string, exit: PromiseWithResolvers<Exit>, graceMs: number): Promise<string[]> {
  if (child.pid === undefined) return []; // never started: "error" says so
  await askToEnd(child.pid, commandId);
  await Promise.race([exit.promise, delay(graceMs)]);
  const spared = await killTree(child.pid, commandId);
  if (spared.length > 0) exit.resolve({ exitCode: null, signal: null });
  return spared;
}
