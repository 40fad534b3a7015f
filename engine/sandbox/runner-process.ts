import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { encodeFrames, FrameDecoder } from "../protocol/frames.ts";
import { type EngineMessage, parseRunnerMessage, type RunnerMessage } from "../protocol/sandbox.ts";
import type { Command } from "./boundary.ts";
import { innermostPid } from "./boundary.ts";

/** Kept of what a runner says on its standard error: V8 writes there when it dies. */
const MAX_DIAGNOSIS_CHARS = 8_000;

const OUTER_ENDS_WITHIN_MS = 2_000;

/** One child process and the frames to and from it. It knows nothing of jobs. */
export interface RunnerProcess {
  readonly pid: number;
  /** False from the moment at which its end is decided. */
  isAlive(): boolean;
  send(message: EngineMessage): void;
  /** Ends it at once. `onDead` follows, with this reason. */
  kill(reason: string): void;
}

export interface RunnerHandlers {
  onMessage(message: RunnerMessage): void;
  /** Called once. */
  onDead(reason: string): void;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself in the meantime
  }
}

export function startRunnerProcess(command: Command, handlers: RunnerHandlers, unref = false): RunnerProcess {
  const child: ChildProcess = spawn(command.program, command.args, { stdio: ["ignore", "ignore", "pipe", "pipe"], env: command.env, cwd: "/" });
  const channel = child.stdio[3] as Socket;
  const decoder = new FrameDecoder();
  let outgoing: EngineMessage[] = [];
  let killedFor: string | null = null;
  let isDead = false;
  let outerTimer: NodeJS.Timeout | undefined;
  let diagnosis = "";

  function dead(reason: string): void {
    if (isDead) return;
    isDead = true;
    clearTimeout(outerTimer);
    channel.destroy();
    handlers.onDead(reason);
  }
  function kill(reason: string): void {
    if (isDead) return;
    killedFor ??= reason;
    const inner = child.pid === undefined ? undefined : innermostPid(child.pid);
    if (inner === undefined || inner === child.pid) {
      child.kill("SIGKILL");
      return;
    }
    // Its outer process then reaps it and ends; were that one killed first, nobody would know the inner one any more.
    endProcess(inner);
    outerTimer ??= setTimeout(() => child.kill("SIGKILL"), OUTER_ENDS_WITHIN_MS);
  }
  function flush(): void {
    const messages = outgoing;
    outgoing = [];
    if (isDead) return;
    try {
      for (const frame of encodeFrames(messages)) channel.write(frame);
    } catch (error) {
      kill(`a message couldn't be sent: ${String(error)}`);
    }
  }

  channel.on("data", (chunk: Buffer) => {
    if (killedFor !== null) return;
    try {
      for (const message of decoder.push(chunk)) {
        handlers.onMessage(parseRunnerMessage(message));
        if (killedFor !== null) return;
      }
    } catch (error) {
      kill(`it broke the protocol: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  channel.on("error", (error) => kill(`its channel broke: ${error.message}`));
  channel.on("end", () => kill("it closed its channel"));
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => {
    diagnosis = (diagnosis + text).slice(-MAX_DIAGNOSIS_CHARS);
  });
  child.on("error", (error) => dead(`it couldn't be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    const how = killedFor ?? `it ended with ${signal ?? `code ${code}`}`;
    dead(diagnosis.trim() === "" || killedFor !== null ? how : `${how}: ${diagnosis.trim()}`);
  });

  if (unref) {
    child.unref();
    channel.unref();
    (child.stderr as Socket | null)?.unref();
  }

  return {
    get pid() {
      return child.pid === undefined ? 0 : innermostPid(child.pid);
    },
    isAlive: () => !isDead && killedFor === null,
    send(message) {
      outgoing.push(message);
      if (outgoing.length === 1) queueMicrotask(flush);
    },
    kill,
  };
}
