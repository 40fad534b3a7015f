import { Socket } from "node:net";
import { encodeFrames, FrameDecoder } from "../../protocol/frames.ts";
import type { EngineMessage, RunnerMessage } from "../../protocol/sandbox.ts";
import { type IsolatedAttempt, startAttempt } from "./attempt.ts";
import { watchMemory } from "./memory.ts";
import { dropPrivileges } from "./privileges.ts";
import { createWarmIsolates } from "./warm.ts";

/**
 * Program entry of a runner process: frames in and out over descriptor 3, isolates in between. It holds no secrets and reads no files after this point.
 * Arguments: `uid=N`, the user to become before anything of a runbook is accepted.
 */
const WATCH_EVERY_MS = 20;

const uid = dropPrivileges(process.argv.slice(2));
const channel = new Socket({ fd: 3, readable: true, writable: true });
const attempts = new Map<number, IsolatedAttempt>();
const bundles = new Map<string, string>();
const warm = createWarmIsolates();
const memory = watchMemory();
const isMemoryExceeded = () => memory.isExceeded(attempts.values());

let outgoing: RunnerMessage[] = [];
function write(message: RunnerMessage): void {
  outgoing.push(message);
  if (outgoing.length === 1) setImmediate(flush);
}
function flush(): void {
  const messages = outgoing;
  outgoing = [];
  for (const frame of encodeFrames(messages)) channel.write(frame);
}

async function start(message: Extract<EngineMessage, { type: "start" }>): Promise<void> {
  const bundle = bundles.get(message.bundleHash) ?? "";
  const early: EngineMessage[] = [];
  watching ??= setInterval(watch, WATCH_EVERY_MS);
  // Until its isolate is there an attempt only collects what arrives for it.
  attempts.set(message.attempt, {
    memoryMb: message.limits.memoryMb,
    settle: (outcome) => early.push(outcome),
    stop: () => early.push({ type: "stop", attempt: message.attempt }),
    watch: () => 0,
    fail: () => early.push({ type: "stop", attempt: message.attempt }),
  });
  const isolate = await warm.take(message.limits.memoryMb);
  const attempt = startAttempt({ start: message, bundle, isolate, write, isMemoryExceeded, onEnd: () => attempts.delete(message.attempt) });
  attempts.set(message.attempt, attempt);
  for (const waiting of early) receive(waiting);
}

function receive(message: EngineMessage): void {
  switch (message.type) {
    case "bundle":
      bundles.set(message.hash, message.text);
      break;
    case "forget":
      bundles.delete(message.hash);
      break;
    case "start":
      start(message).catch((error: unknown) =>
        write({ type: "doomed", attempt: message.attempt, reason: `no isolate could be made: ${String(error)}`, isMemory: false }),
      );
      break;
    case "settle":
      attempts.get(message.attempt)?.settle(message);
      break;
    case "stop":
      attempts.get(message.attempt)?.stop();
      break;
  }
}

const decoder = new FrameDecoder();
channel.on("data", (chunk: Buffer) => {
  for (const message of decoder.push(chunk)) receive(message as EngineMessage);
});
// The engine has closed the channel or is gone: nothing of a runbook may go on. An orderly exit would wait for endless loops, and the first process of
// a namespace can't send itself signals.
channel.on("close", () => process.abort());
channel.on("error", () => process.abort());

let watching: NodeJS.Timeout | undefined;
function watch(): void {
  if (attempts.size === 0) {
    clearInterval(watching);
    watching = undefined;
    return;
  }
  let busiest: number | undefined;
  let most = 0;
  for (const [number, attempt] of attempts) {
    const used = attempt.watch();
    if (used > most) {
      most = used;
      busiest = number;
    }
  }
  if (busiest === undefined || !isMemoryExceeded()) return;
  // Whoever is busiest has caused it. What isn't counted isn't given back for certain either, so the process goes.
  attempts.get(busiest)?.fail("memory", "the process that ran it used far more memory than its limits allow");
  write({ type: "doomed", attempt: busiest, reason: "it used too much memory", isMemory: true });
}

await warm.fill();
memory.begin();
write({ type: "ready", uid, runtime: `node ${process.versions.node}, v8 ${process.versions.v8}` });
