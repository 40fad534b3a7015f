import { type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { openRelay, type Relay } from "../debug/relay.ts";
import type { DebugBegun, DebugClientMessage, DebugMessage } from "../protocol/http/debug.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";

type Ended = Extract<DebugMessage, { type: "ended" }>;

export interface SessionView {
  /** Where to attach; absent: nobody does, and the code goes at once. */
  inspector?: { port: number; title: string; file: string; onListening(url: string): void };
  onStep?(step: Extract<DebugMessage, { type: "step" }>["step"]): void;
  /** Whether a write is done. */
  onQuestion?(write: Extract<DebugMessage, { type: "question" }>["write"]): Promise<boolean>;
}

/**
 * Goes through one debug session, to the end of its job. When the debugger detaches, or the command is ended, the session ends, and with it the job.
 * @returns how the job ended; null: the debugger left before
 * @throws what the engine says; ENGINE_UNREACHABLE when the connection ended otherwise
 */
export async function goThrough(
  client: Pick<Client, "socket">,
  begun: DebugBegun,
  { inspector, onStep, onQuestion }: SessionView,
  { signal }: Pick<Context, "signal">,
): Promise<Ended | null> {
  const socket = client.socket(`/api/v1/debug/${encodeURIComponent(begun.session)}`, { "runwright-ticket": begun.ticket });
  const over = Promise.withResolvers<void>();
  let relay: Relay | undefined;
  let ended: Ended | null = null;
  let failure: unknown;
  let hasLeft = false;
  const say = (message: DebugClientMessage) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const fail = (error: unknown) => {
    failure ??= error;
    socket.close();
  };
  const leave = () => {
    hasLeft = true;
    socket.close();
  };

  async function ready(): Promise<void> {
    if (!inspector) return say({ type: "begin" });
    relay = await openRelay({ ...inspector, isListed: true, onMessage: (message) => say({ type: "inspector", message }), onLeft: leave });
    inspector.onListening(relay.url);
  }

  function take(message: DebugMessage): void {
    switch (message.type) {
      case "ready":
        ready().catch(fail);
        break;
      case "inspector":
        relay?.send(message.message);
        break;
      case "step":
        onStep?.(message.step);
        break;
      case "question":
        (onQuestion?.(message.write) ?? Promise.resolve(false)).then((allow) => say({ type: "answer", call: message.write.call, allow }), fail);
        break;
      case "ended":
        ended = message;
        break;
      case "error":
        failure ??= new RunwrightError(message.code as ErrorCode, message.detail);
        // What a debugger says wrong costs its answer, not the session.
        if (message.code === "BAD_REQUEST" || message.code === "CONFLICT") failure = undefined;
        break;
    }
  }

  signal.addEventListener("abort", leave);
  socket.on("message", (data) => take(JSON.parse(String(data)) as DebugMessage));
  socket.on("error", (cause) => {
    if (hasLeft) return; // a connection that is given up before it stands breaks
    failure ??= isRunwrightError(cause)
      ? cause
      : new RunwrightError("ENGINE_UNREACHABLE", `the connection of the debug session was refused or broke: ${cause.message}`, { cause });
  });
  socket.on("close", (code, reason) => {
    if (!hasLeft)
      failure ??= new RunwrightError(
        "ENGINE_UNREACHABLE",
        `the connection of the debug session was closed: ${String(reason) || "no reason was told"} (${code})`,
      );
    over.resolve();
  });
  try {
    await over.promise;
  } finally {
    signal.removeEventListener("abort", leave);
    await relay?.stop();
  }
  if (ended) return ended;
  if (failure !== undefined) throw failure;
  return null;
}
