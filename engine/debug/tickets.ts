import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";

export interface Ticket {
  /** Told once, kept nowhere. */
  text: string;
  /** @throws TICKET_INVALID: it isn't this one, it belongs to someone else, was used, or comes too late */
  use(by: { ticket: string; actorId: string; now: number }): void;
}

/** Opens one connection to one session, once, for the one who has asked for it. */
export function issueTicket({ actorId, expiresAt }: { actorId: string; expiresAt: number }): Ticket {
  const text = randomBytes(32).toString("base64url");
  const digest = digestOf(text);
  let isUsed = false;
  const refuse = (message: string): never => {
    throw new RunwrightError("TICKET_INVALID", message);
  };
  return {
    text,
    use({ ticket, actorId: by, now }) {
      if (!timingSafeEqual(digestOf(ticket), digest)) refuse("the ticket isn't the one of this debug session; begin a session of your own");
      if (by !== actorId) refuse("the ticket was given to someone else; begin a session of your own");
      if (isUsed) refuse("the ticket was used already: a job has one debugger at a time; begin another session");
      if (now > expiresAt) refuse("the ticket's time is over; begin another session");
      isUsed = true;
    },
  };
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();
