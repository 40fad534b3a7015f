import { spawn } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";
import { RunwrightError } from "../../core/errors.ts";

/** How a program that changes the machine ended. */
export interface ChangeExit {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** What it wrote to either stream, the last megabyte of it. */
  output: string;
}

export interface ChangeProgram {
  file: string;
  args: readonly string[];
  /** Added to the environment. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program that changes packages, to its end. Never rejects for what it says or for its exit code.
 * @throws EXEC_FAILED when it can't be started
 */
export type RunChange = (program: ChangeProgram, logFile: string) => Promise<ChangeExit>;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Whoever could ask a question doesn't: debconf, what shows change logs, what lists bugs. */
const SILENT = { DEBIAN_FRONTEND: "noninteractive", APT_LISTCHANGES_FRONTEND: "none", APT_LISTBUGS_FRONTEND: "none" };

const KEPT_BYTES = 1024 * 1024;

/**
 * The program gets a session of its own, so that no Ctrl-C and no hang-up of the agent's terminal reaches it; it writes to a file, so that it doesn't notice
 * when the agent is gone; and there is no time limit, as there is nothing that could be done about it: a package manager is never killed. In English and
 * UTF-8 whatever the machine's language. The agent's process doesn't wait for it: who awaits the promise keeps something else open.
 * @param environment is added; tests point a package manager to another root with it
 */
export const changeRunner =
  (environment: Readonly<Record<string, string>> = {}): RunChange =>
  async ({ file, args, environment: own }, logFile) => {
    const env = { PATH, HOME: "/root", ...environment, ...own, ...SILENT, LC_ALL: "C.UTF-8", LANGUAGE: "" };
    const log = await open(logFile, "a+", 0o600);
    try {
      const { size } = await log.stat();
      const child = spawn(file, [...args], { cwd: "/", env, detached: true, stdio: ["ignore", log.fd, log.fd] });
      child.unref();
      const exitCode = await new Promise<number | null>((resolve, reject) => {
        child.once("error", (cause) => reject(new RunwrightError("EXEC_FAILED", `${file} can't be started: ${cause.message}`, { cause })));
        child.once("exit", resolve);
      });
      return { exitCode, output: await readFrom(log, size) };
    } finally {
      await log.close();
    }
  };

/** What follows a position; all of it when the file was cut meanwhile. */
async function readFrom(log: FileHandle, position: number): Promise<string> {
  const { size } = await log.stat();
  const from = Math.max(position > size ? 0 : position, size - KEPT_BYTES);
  const { buffer, bytesRead } = await log.read(Buffer.alloc(size - from), 0, size - from, from);
  return buffer.toString("utf8", 0, bytesRead);
}
