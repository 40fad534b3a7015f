import type { DebugStep, WithheldWrite } from "../../../engine/core/debug.ts";
import type { DebugBegun, DebugClientMessage, DebugMessage } from "../../../engine/protocol/http/debug.ts";
import type { EventSocket } from "../client/event-socket.ts";
import type { Door, SocketListener } from "../client/web-socket.ts";
import { debugMessageIn } from "./debug-message.ts";

export type Ended = Extract<DebugMessage, { type: "ended" }>;

/** Where a debugger of this computer attaches. */
export interface Relay {
  url: string;
  send(message: string): void;
  stop(): Promise<void>;
}
export interface RelayWishes {
  title: string;
  file: string;
  port: number;
  isListed: boolean;
  onMessage(message: string): void;
  onLeft(): void;
}

export interface SessionListener {
  /** The code is held until a debugger has attached there. */
  onListening(url: string): void;
  onStep(step: DebugStep): void;
  onHalted(isHalted: boolean): void;
  /** A write that is done only if the answer is true. */
  onQuestion(write: WithheldWrite): Promise<boolean>;
  /** Nothing follows. @param problem when it isn't the job that has ended */
  onEnded(ended: Ended | undefined, problem: string | undefined): void;
}

export interface SessionParts {
  begun: DebugBegun;
  /** URL of the runbook's file, for lists of what can be debugged. */
  file: string;
  open(door: Pick<Door, "path" | "headers">, listener: SocketListener): EventSocket;
  relay(wishes: RelayWishes): Promise<Relay>;
  listener: SessionListener;
}

/** What a debugger says wrong costs its answer, not the session. */
const OF_ONE_MESSAGE = new Set(["BAD_REQUEST", "CONFLICT"]);

/** One debug session: between the engine, which holds the job, and the debugger of this computer. When one of them goes, so does the other. */
export function connectSession({ begun, file, open, relay: openRelay, listener }: SessionParts): { end(): void } {
  let relay: Relay | undefined;
  let ended: Ended | undefined;
  let problem: string | undefined;
  let isOver = false;
  const say = (message: DebugClientMessage) => socket.send(JSON.stringify(message));

  const socket = open(
    { path: `/api/v1/debug/${encodeURIComponent(begun.session)}`, headers: { "runwright-ticket": begun.ticket } },
    {
      onOpen() {},
      onText(text) {
        const message = debugMessageIn(text);
        if (message) take(message);
      },
      onClose: (why) => finish(ended ? undefined : (problem ?? (why || "the connection to the engine broke"))),
    },
  );

  function take(message: DebugMessage): void {
    switch (message.type) {
      case "ready":
        listen().catch((error: unknown) => {
          problem = error instanceof Error ? error.message : String(error);
          end();
        });
        break;
      case "inspector":
        relay?.send(message.message);
        break;
      case "halted":
        listener.onHalted(message.isHalted);
        break;
      case "step":
        listener.onStep(message.step);
        break;
      case "question":
        ask(message.write);
        break;
      case "ended":
        ended = message;
        break;
      case "error":
        if (!OF_ONE_MESSAGE.has(message.code)) problem ??= message.detail;
        break;
    }
  }

  async function listen(): Promise<void> {
    const title = `${begun.job.runbook} (${begun.job.id})`;
    const opened = await openRelay({ title, file, port: 0, isListed: false, onMessage: (message) => say({ type: "inspector", message }), onLeft: end });
    if (isOver) return void opened.stop();
    relay = opened;
    listener.onListening(opened.url);
  }

  /** Who doesn't answer hasn't allowed it. */
  function ask(write: WithheldWrite): void {
    const answer = (allow: boolean) => isOver || say({ type: "answer", call: write.call, allow });
    listener.onQuestion(write).then(answer, () => answer(false));
  }

  function finish(why: string | undefined): void {
    if (isOver) return;
    isOver = true;
    void relay?.stop();
    listener.onEnded(ended, why);
  }

  /** With its connection the job ends. */
  function end(): void {
    if (isOver) return;
    socket.drop();
    finish(problem);
  }

  return { end };
}
