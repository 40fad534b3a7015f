import { once } from "node:events";
import { Socket } from "node:net";
import { encodeFrames, FrameDecoder } from "../../protocol/frames.ts";
import type { EngineMessage, RunnerMessage } from "../../protocol/sandbox.ts";
import { type IsolatedAttempt, startAttempt } from "./attempt.ts";
import { type DebugAttempt, startDebugAttempt } from "./debug-attempt.ts";
import type { PreparedIsolate } from "./isolates.ts";
import { watchMemory } from "./memory.ts";
import { dropPrivileges } from "./privileges.ts";
import { createSharedIsolates } from "./shared.ts";
import { createWarmIsolates } from "./warm.ts";

/**
 * Program entry of a runner process: frames in and out over descriptor 3, isolates in between. It holds no secrets and reads no files after this point.
 * Arguments: `uid=N`, the user to become before anything of a runbook is accepted; `covers`: it tells where bundles have been; `debug`: it was started for one debug
 * session.
 */
const WATCH_EVERY_MS = 20;
const BEAT_EVERY_MS = 500;
/** Of what was written and the engine has still to read. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;

const uid = dropPrivileges(process.argv.slice(2));
const channel = new Socket({ fd: 3, readable: true, writable: true });
const attempts = new Map<number, IsolatedAttempt>();
const bundles = new Map<string, string>();
const covers = process.argv.includes("covers");
const warm = createWarmIsolates(covers);
const memory = watchMemory();
const shared = createSharedIsolates(warm.take, () => memory.isTight(attempts.values()));
const isMemoryExceeded = () => memory.isExceeded(attempts.values());

let outgoing: RunnerMessage[] = [];
let outgoingChars = 0;
function write(message: RunnerMessage): void {
  outgoing.push(message);
  const text: unknown = message.type === "call" ? message.args : message.type === "emit" ? message.body : "";
  outgoingChars += typeof text === "string" ? text.length : 0;
  if (outgoing.length === 1) setImmediate(flush);
}
function flush(): void {
  const messages = outgoing;
  outgoing = [];
  outgoingChars = 0;
  for (const frame of encodeFrames(messages)) channel.write(frame);
}

let reading: Promise<void> | undefined;
function untilRead(): Promise<void> | undefined {
  if (outgoingChars + channel.writableLength < MOST_UNREAD_BYTES) return undefined;
  reading ??= (async () => {
    await new Promise<void>((resolve) => setImmediate(resolve)); // what goes out has gone into the channel then
    if (channel.writableNeedDrain) await once(channel, "drain");
    reading = undefined;
  })();
  return reading;
}

let debugged: DebugAttempt | undefined;

async function start(message: Extract<EngineMessage, { type: "start" }>): Promise<void> {
  const bundle = bundles.get(message.bundleHash) ?? "";
  const { debug } = message;
  const early: EngineMessage[] = [];
  watching ??= setInterval(watch, WATCH_EVERY_MS);
  // Until its isolate is there an attempt only collects what arrives for it.
  attempts.set(message.attempt, {
    memoryMb: message.limits.memoryMb,
    settle: (outcome) => early.push(outcome),
    // Held code may never be let go: nothing has run yet.
    stop: () =>
      debug
        ? write({ type: "end", attempt: message.attempt, ending: { kind: "stopped" }, cpuMs: 0, heapBytes: 0, lingers: false })
        : early.push({ type: "stop", attempt: message.attempt }),
    watch: () => 0,
    fail: () => early.push({ type: "stop", attempt: message.attempt }),
  });
  const onEnd = () => void attempts.delete(message.attempt);
  let attempt: IsolatedAttempt;
  if (debug) {
    debugged = await startDebugAttempt({ start: { ...message, debug }, bundle, write, isMemoryExceeded, onEnd });
    attempt = await debugged.running;
  } else {
    const { bundleHash, limits } = message;
    const sharing = message.shared && !covers;
    const isolate = sharing ? shared.take(bundleHash, limits.memoryMb) : warm.take(limits.memoryMb);
    const giveBack = (used: PreparedIsolate, heapBytes: number) => void shared.giveBack(bundleHash, used, heapBytes);
    attempt = startAttempt({ start: message, bundle, isolate, write, covers, isMemoryExceeded, untilRead, onEnd, ...(sharing ? { giveBack } : {}) });
  }
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
      shared.forget(message.hash);
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
    case "inspect":
      debugged?.inspect(message.message);
      break;
    case "begin":
      debugged?.begin();
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
  // What earlier jobs have left is nobody's who runs now.
  if (shared.drop()) return;
  // Whoever is busiest has caused it. What isn't counted isn't given back for certain either, so the process goes.
  attempts.get(busiest)?.fail("memory", "the process that ran it used far more memory than its limits allow");
  write({ type: "doomed", attempt: busiest, reason: "it used too much memory", isMemory: true });
}

// With a debugger the end of an isolate that has used up its memory may block this thread for good (isolated-vm 7.0.1): the engine finds out by its silence.
if (process.argv.includes("debug")) setInterval(() => write({ type: "beat" }), BEAT_EVERY_MS);
else warm.fill();
memory.begin();
write({ type: "ready", uid, runtime: `node ${process.versions.node}, v8 ${process.versions.v8}` });
