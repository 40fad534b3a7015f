import { spawn } from "node:child_process";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BundleOptions, BundleResult } from "./bundle.ts";
import { createSlots } from "./slots.ts";

const PROGRAM = join(import.meta.dirname, `bundle-process${extname(fileURLToPath(import.meta.url))}`);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Bundler {
  bundle(options: BundleOptions): Promise<BundleResult>;
  /** Ends what is under way, which rejects. */
  stop(): void;
}

/**
 * Bundles sources of others in processes of their own, one at a time: the bundler's time grows with the square of the number of mistakes that it finds, and it can't be
 * interrupted. A process can, with the compiler that it has started.
 */
export function createBundlerApart({ timeLimitMs }: { timeLimitMs: number }): Bundler {
  const slots = createSlots(1);
  const stopping = new AbortController();
  return {
    async bundle({ signal, ...options }) {
      const ended = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
      const release = await slots.take(ended);
      try {
        ended.throwIfAborted(); // since the slot was asked for
        return await run(options, ended, timeLimitMs);
      } finally {
        release();
      }
    },
    stop: () => stopping.abort(new Error("the bundler was stopped")),
  };
}

function run(options: Omit<BundleOptions, "signal">, signal: AbortSignal, timeLimitMs: number): Promise<BundleResult> {
  return new Promise((resolve, reject) => {
    // A group of its own: the bundler's own process ends with it.
    const child = spawn(process.execPath, [PROGRAM], { env: {}, stdio: ["pipe", "pipe", "ignore"], windowsHide: true, detached: process.platform !== "win32" });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    const kill = () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      if (process.platform === "win32") child.kill("SIGKILL");
      else process.kill(-child.pid, "SIGKILL");
    };
    const giveUp = () => {
      isOver = true;
      kill();
    };
    const timer = setTimeout(giveUp, timeLimitMs);
    signal.addEventListener("abort", kill, { once: true });
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    };
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) giveUp();
      else chunks.push(chunk);
    });
    child.stdin.on("error", () => {}); // it has ended before it was told what to do: `close` says so
    child.stdin.end(JSON.stringify(options));
    child.on("error", (error) => {
      finish();
      reject(new Error("the bundler can't be started", { cause: error }));
    });
    child.on("close", (exitCode, killedBy) => {
      finish();
      if (signal.aborted) reject(signal.reason);
      else if (isOver) resolve({ ok: false, diagnostics: [tooMuch(basename(options.entry), timeLimitMs)] });
      else if (exitCode !== 0) reject(new Error(`the bundler ended with ${exitCode ?? killedBy}`));
      else resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    });
  });
}

const tooMuch = (file: string, timeLimitMs: number) => ({
  file,
  line: 1,
  column: 1,
  code: "BUNDLE" as const,
  message: `bundling takes longer than ${timeLimitMs / 1_000} s: correct what the compiler finds first, or import less`,
  severity: "error" as const,
});
