import { execFile } from "node:child_process";

/** Runs a program that only reads, and returns what it wrote to standard output. @throws Error with what it wrote to standard error */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

/**
 * Programs of the package manager, in English and UTF-8 whatever the machine's language.
 * Two minutes: apt needs up to 16 seconds where its package cache is switched off, as in container images.
 * @param environment is added; tests point apt to another root with it
 */
export const programRunner =
  (environment: Readonly<Record<string, string>> = {}, timeoutMs = 120_000): RunProgram =>
  (file, args) =>
    new Promise((resolve, reject) => {
      const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin", ...environment, LC_ALL: "C.UTF-8", LANGUAGE: "" };
      execFile(file, [...args], { env, timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024, encoding: "utf8" }, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const why = error.killed ? `it took longer than ${timeoutMs / 1_000} s` : stderr.trim().split("\n").slice(-3).join("; ") || error.message;
        reject(new Error(`${file} ${args[0] ?? ""}: ${why}`.slice(0, 1_000), { cause: error }));
      });
    });
