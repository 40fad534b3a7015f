import type { Clock } from "../core/clock.ts";
import { FrameError } from "../protocol/frames.ts";
import type { AttemptMessage, EngineMessage, RunnerMessage } from "../protocol/sandbox.ts";
import type { Command } from "./boundary.ts";
import type { SandboxLog } from "./ports.ts";
import { type ResidentWatch, watchResident } from "./resident-memory.ts";
import { type RunnerProcess, startRunnerProcess } from "./runner-process.ts";

/** Bundles kept in a runner; the least recently used one is forgotten. */
const KEPT_BUNDLES = 50;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 30_000;
/** The runner gives up an isolate that has no end long before that. */
const LINGERS_AT_MOST_MS = 10_000;

/** Who takes part in the conversation about one attempt. */
export interface Participant {
  /** What its isolate may use. */
  memoryMb: number;
  /** @throws FrameError when the runner doesn't keep to the protocol */
  receive(message: AttemptMessage): void;
  /** The runner is gone; nothing more comes. @param blameless it is known that this attempt wasn't the reason */
  lost(reason: string, blameless: boolean): void;
}

/** A place for a runner process: keeps one alive, replaces it when it dies, and hands messages to the attempts in it. */
export interface RunnerSlot {
  readonly pid: number;
  readonly attempts: number;
  /** Whether it takes another attempt. */
  isReady(): boolean;
  /** Whether it would, were it not for an isolate that is still being ended: what began now would be lost with it, should it have no end. */
  isHeldUp(): boolean;
  ready(): Promise<void>;
  join(participant: Participant, bundle: { hash: string; text: string }): { number: number; send: (message: EngineMessage) => void };
  kill(reason: string): void;
  stop(): Promise<void>;
}

export interface RunnerSlotParts {
  name: string;
  command: Command;
  clock: Clock;
  log: SandboxLog;
  /** Attempts after which a runner takes no more, and is replaced when the last one has ended. */
  recycleAfter: number;
  /** It doesn't keep this process alive. */
  unref?: boolean;
  onReady: () => void;
  onFreed: () => void;
}

export function createRunnerSlot({ name, command, clock, log, recycleAfter, unref, onReady, onFreed }: RunnerSlotParts): RunnerSlot {
  let runner: RunnerProcess | null = null;
  let isReady = false;
  let isStopping = false;
  let isCulpritKnown = false;
  let failures = 0;
  let served = 0;
  let numbers = 0;
  let startedAt = 0;
  let retry: NodeJS.Timeout | undefined;
  let watch: ResidentWatch | undefined;
  let whenReady = Promise.withResolvers<void>();
  let whenDead = Promise.withResolvers<void>();
  const participants = new Map<number, Participant>();
  /** Attempts that have ended, and their isolates haven't. */
  const lingering = new Map<number, NodeJS.Timeout>();
  const bundles = new Map<string, true>();
  whenReady.promise.catch(() => {}); // nobody may be waiting when the sandbox stops

  function receive(message: RunnerMessage): void {
    if (message.type === "ready") {
      if (isReady) throw new FrameError("it said twice that it is ready");
      isReady = true;
      failures = 0;
      log.info(
        { runner: name, pid: runner?.pid, uid: message.uid, runtime: message.runtime, ms: Math.round(clock.monotonic() - startedAt) },
        "runner is ready",
      );
      whenReady.resolve();
      onReady();
      return;
    }
    if (message.type === "beat") throw new FrameError("it speaks as the runner of a debug session");
    if (message.type === "gone") {
      if (!lingering.has(message.attempt)) throw new FrameError(`it spoke of the isolate of attempt ${message.attempt}, which isn't being ended`);
      clearTimeout(lingering.get(message.attempt));
      lingering.delete(message.attempt);
      becomeIdle();
      onFreed();
      return;
    }
    const participant = participants.get(message.attempt);
    if (message.type === "doomed") {
      participant?.receive(message);
      // V8 has lost control in there: the other attempts go on in another process.
      participants.delete(message.attempt);
      isCulpritKnown = true;
      kill(`another job's isolate broke it: ${message.reason}`);
      return;
    }
    if (participant === undefined) throw new FrameError(`it spoke of attempt ${message.attempt}, which it doesn't have`);
    participant.receive(message);
    if (message.type === "end") {
      participants.delete(message.attempt);
      if (message.lingers) {
        const timer = setTimeout(() => kill("an isolate couldn't be ended, and it didn't say so"), LINGERS_AT_MOST_MS);
        lingering.set(message.attempt, unref ? timer.unref() : timer);
      }
      becomeIdle();
      onFreed();
    }
  }

  function becomeIdle(): void {
    if (participants.size > 0 || lingering.size > 0) return;
    watch?.stop();
    watch = undefined;
    if (served >= recycleAfter) kill("it is replaced after many jobs");
  }

  function watchMemory(): void {
    watch ??= watchResident(
      () => runner?.pid ?? 0,
      () => participants.values().reduce((sum, { memoryMb }) => sum + memoryMb, 0),
      (bytes) => {
        const reason = `it used ${Math.round(bytes / 1024 / 1024)} MB of memory`;
        const [only] = participants;
        // With a single attempt it is clear who has caused it.
        if (only !== undefined && participants.size === 1) receive({ type: "doomed", attempt: only[0], reason, isMemory: true });
        else kill(reason);
      },
    );
  }

  function start(): void {
    startedAt = clock.monotonic();
    whenDead = Promise.withResolvers<void>();
    runner = startRunnerProcess(command, { onMessage: receive, onDead }, unref);
  }

  function onDead(reason: string): void {
    const wasReady = isReady;
    watch?.stop();
    watch = undefined;
    runner = null;
    isReady = false;
    served = 0;
    bundles.clear();
    for (const timer of lingering.values()) clearTimeout(timer);
    lingering.clear();
    const lost = [...participants.values()];
    participants.clear();
    if (wasReady) {
      whenReady = Promise.withResolvers<void>();
      whenReady.promise.catch(() => {}); // as above
    }
    whenDead.resolve();
    for (const participant of lost) participant.lost(reason, isCulpritKnown || isStopping);
    isCulpritKnown = false;
    if (isStopping) return;
    log.warn({ runner: name, reason, lost: lost.length }, "runner died");
    failures++;
    // A runner that dies at start or under every job mustn't be started in a tight loop.
    const delay = wasReady && failures < 3 ? 0 : Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 8));
    retry = setTimeout(start, delay);
    onFreed();
  }

  function kill(reason: string): void {
    runner?.kill(reason);
  }

  const isFit = () => isReady && served < recycleAfter && runner?.isAlive() === true;

  start();
  return {
    get pid() {
      return runner?.pid ?? 0;
    },
    get attempts() {
      return participants.size;
    },
    isReady: () => isFit() && lingering.size === 0,
    isHeldUp: () => isFit() && lingering.size > 0,
    ready: () => whenReady.promise,
    join(participant, bundle) {
      const current = runner;
      if (current === null || !isReady) throw new Error("the runner isn't ready");
      const number = ++numbers;
      served++;
      participants.set(number, participant);
      watchMemory();
      if (!bundles.delete(bundle.hash)) current.send({ type: "bundle", hash: bundle.hash, text: bundle.text });
      bundles.set(bundle.hash, true);
      const [oldest] = bundles.keys();
      if (bundles.size > KEPT_BUNDLES && oldest !== undefined) {
        bundles.delete(oldest);
        current.send({ type: "forget", hash: oldest });
      }
      return { number, send: (message) => current.send(message) };
    },
    kill,
    async stop() {
      isStopping = true;
      clearTimeout(retry);
      whenReady.reject(new Error("the sandbox stops"));
      if (runner === null) return;
      kill("the sandbox stops");
      await whenDead.promise;
    },
  };
}
