import { spawn } from "node:child_process";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { environmentOf, type Program, type Runtime } from "./program.ts";

/** A program that is told to end may clean up after itself for so long. */
const END_WITHIN_MS = 5_000;
/** Of what it says of a failure, the end. */
const MOST_CHARACTERS = 10_000;

export interface Running {
  words: readonly string[];
  cwd: string;
  /** A line of its standard output, without its end. */
  onLine(line: string): void;
  signal: AbortSignal;
}

/**
 * Runs the workspace's `runwright` and hears what it says while it goes on. When the signal aborts, it and all it has started end: first by being asked, then at once.
 * @returns its exit code, and the end of what it wrote to standard error
 * @throws the signal's reason; INTERNAL when it can't be started
 */
export function listenTo(program: Program, { words, cwd, onLine, signal }: Running, { node, env }: Runtime): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const isWindows = process.platform === "win32";
    // A group of its own, so that nothing of it can be left behind.
    const child = spawn(node, [program.path, ...words], {
      ...{ cwd, windowsHide: true, detached: !isWindows, env: environmentOf({}, env) },
      // Its standard input ends with us, however that comes.
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.on("error", () => {}); // nothing is ever written to it
    let stderr = "";
    let rest = "";
    let atOnce: NodeJS.Timeout | undefined;
    const endAtOnce = () => {
      if (child.pid === undefined) return;
      try {
        if (isWindows) spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).once("error", () => child.kill());
        else process.kill(-child.pid, "SIGKILL");
      } catch {
        // it has ended in between
      }
    };
    const end = () => {
      if (isWindows) return endAtOnce();
      child.kill("SIGTERM");
      atOnce = setTimeout(endAtOnce, END_WITHIN_MS);
    };
    signal.addEventListener("abort", end, { once: true });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = `${stderr}${text}`.slice(-MOST_CHARACTERS);
    });
    const over = () => {
      clearTimeout(atOnce);
      signal.removeEventListener("abort", end);
    };
    child.once("error", (cause) => {
      over();
      reject(new RunwrightError("INTERNAL", `${program.path} can't be started: ${cause.message}`, { cause }));
    });
    child.once("close", (code) => {
      over();
      if (rest !== "") onLine(rest);
      // What its leader has left in the group, if anything.
      if (signal.aborted) endAtOnce();
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: code ?? 1, stderr });
    });
  });
}

/** Errors of the command are JSON when its output is. */
export function saidIn(stderr: string): string {
  const text = stderr.trim();
  try {
    const { message } = Object(JSON.parse(text.split("\n").at(-1) ?? ""));
    if (typeof message === "string") return message;
  } catch {
    // told as it is
  }
  return text.slice(-500) || "it said nothing";
}
