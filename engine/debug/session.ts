import type { DebugDoor, DebugLink, WithheldWrite } from "../core/debug.ts";
import { RunwrightError } from "../core/errors.ts";
import type { DebugClientMessage, DebugMessage } from "../protocol/http/debug.ts";
import type { Ticket } from "./tickets.ts";

export interface SessionClient {
  send(message: DebugMessage): void;
  /** @param reason in words */
  close(reason: string): void;
}

export interface SessionParts {
  inspect: boolean;
  sourceRoot: string;
  /** Writes of a replay that are done. */
  allow: ReadonlySet<string>;
  /** Whether the client is asked about others. */
  ask: boolean;
}

/** Kept until a client comes. */
const MAX_EARLY = 10_000;

/** One debug session: between an attempt that is held in its process, and the one client that debugs it. */
export function createSession({ inspect, sourceRoot, allow, ask }: SessionParts) {
  let door: DebugDoor | undefined;
  let client: SessionClient | undefined;
  let wantsToBegin = false;
  const early: DebugMessage[] = [];
  const questions = new Map<number, (isAllowed: boolean) => void>();

  function tell(message: DebugMessage): void {
    if (client) client.send(message);
    else if (early.length < MAX_EARLY) early.push(message);
  }

  const link: Omit<DebugLink, "haltAfter"> = {
    inspect,
    sourceRoot,
    ready(opened) {
      door = opened;
      tell({ type: "ready" });
      if (wantsToBegin) door.begin();
    },
    inspector: (message) => tell({ type: "inspector", message }),
    halted: (isHalted) => tell({ type: "halted", isHalted }),
    step: (step) => tell({ type: "step", step }),
    async permits(write: WithheldWrite) {
      if (allow.has(write.op)) return true;
      if (!ask) return false;
      return new Promise((resolve) => {
        questions.set(write.call, resolve);
        tell({ type: "question", write });
      });
    },
  };

  return {
    link: (haltAfter: number | null): DebugLink => ({ ...link, haltAfter }),
    tell,
    /** @throws TICKET_INVALID */
    attach(coming: SessionClient, ticket: Ticket, by: Parameters<Ticket["use"]>[0]): void {
      ticket.use(by);
      client = coming;
      for (const message of early.splice(0)) client.send(message);
    },
    /** @throws BAD_REQUEST, CONFLICT when the process isn't there yet */
    take(message: DebugClientMessage): void {
      switch (message.type) {
        case "inspector":
          if (!inspect) throw new RunwrightError("BAD_REQUEST", "the session was begun without an inspector");
          if (!door) throw new RunwrightError("CONFLICT", "the debug process isn't there yet; wait for { type: 'ready' }");
          door.inspect(message.message);
          break;
        case "begin":
          wantsToBegin = true;
          door?.begin();
          break;
        case "answer": {
          const answer = questions.get(message.call);
          if (!answer) throw new RunwrightError("BAD_REQUEST", `call ${message.call} isn't waiting for an answer`);
          questions.delete(message.call);
          answer(message.allow);
          break;
        }
        case "alive":
          break;
      }
    },
    close(reason: string): void {
      // Nobody answers any more: nothing is done.
      for (const answer of questions.values()) answer(false);
      questions.clear();
      client?.close(reason);
      client = undefined;
    },
  };
}
export type Session = ReturnType<typeof createSession>;
