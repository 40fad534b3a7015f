import type { IncomingMessage, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import { activityEntry, anonymousEntry, type Caller, type Deed } from "../access/activity.ts";
import { requireSomewhere } from "../access/authorize.ts";
import type { Tokens } from "../access/tokens.ts";
import type { Clock } from "../core/clock.ts";
import { ERRORS, type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { Action } from "../core/role.ts";
import { shownPath } from "../core/webhook.ts";
import type { Store, Writes } from "../store/store.ts";
import { credentialOf } from "./credential.ts";
import { requireOwnPage } from "./forgery.ts";
import { addressKey, createRateLimiter, type RateLimits } from "./rate-limit.ts";
import { sessionOf } from "./session-cookie.ts";

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** Who may come through a door: everyone, anyone who is signed in, or whoever may do this action somewhere; the handler then asks for the very scope. */
export type Door = "public" | "signedIn" | Action;

declare module "fastify" {
  interface FastifyContextConfig {
    door?: Door;
    /** What the activity log calls a refused attempt, when it isn't the action. */
    operation?: string;
    /**
     * Counts against the address's limit of refused requests: it costs us something before anyone has signed in. `unlessSignedIn`: but for the engine's own page with a session that is good, which others at the same
     * address mustn't hold up.
     */
    costly?: boolean | "unlessSignedIn";
    /** For programs: a browser's session doesn't open it. */
    headerOnly?: boolean;
  }
  interface FastifyRequest {
    /** Set for every door but public ones. */
    signedIn: Caller | null;
  }
}

/** @throws UNAUTHENTICATED on a public door */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.signedIn) throw new RunwrightError("UNAUTHENTICATED", "sign in first");
  return request.signedIn;
}

export interface DoorParts {
  store: Store;
  clock: Clock;
  tokens: Pick<Tokens, "authenticate">;
  limits: RateLimits;
  /** How others reach this engine; null: as whoever asks has reached it. */
  publicUrl: string | null;
}

const isRefusal = (error: unknown): boolean => isRunwrightError(error) && (ERRORS[error.code].status === 401 || error.code === "FORGERY_SUSPECTED");

/** Refusals that the activity log tells of when they concern a write. */
const NOTED: readonly ErrorCode[] = [
  ...(["PERMISSION_DENIED", "UNAUTHENTICATED", "TOKEN_MALFORMED", "TOKEN_EXPIRED", "TOKEN_REVOKED"] as const),
  ...(["LOGIN_EXPIRED", "FORGERY_SUSPECTED"] as const),
];

/** Checks every request before its body is read: how many, who, and whether it may come through this door at all. */
export function createDoorkeeper({ store, clock, tokens, limits, publicUrl }: DoorParts) {
  const perAddress = createRateLimiter({ clock, rate: limits.address, what: "from this address" });
  const perToken = createRateLimiter({ clock, rate: limits.token, what: "with this token" });
  const refused = createRateLimiter({ clock, rate: limits.refused, what: "without a valid token from this address" });

  /** Whether the engine's own page asks, for a browser whose session is good. */
  async function isOwnSession(request: FastifyRequest): Promise<boolean> {
    const token = sessionOf(request, publicUrl);
    if (token === undefined) return false;
    try {
      requireOwnPage(request, publicUrl);
      await tokens.authenticate(token);
      return true;
    } catch (error) {
      return !isRefusal(error);
    }
  }

  return {
    /** @throws RATE_LIMITED, UNAUTHENTICATED, TOKEN_MALFORMED, TOKEN_EXPIRED, TOKEN_REVOKED, FORGERY_SUSPECTED, PERMISSION_DENIED */
    async admit(request: FastifyRequest): Promise<void> {
      const { door = "public", costly } = request.routeOptions.config;
      const address = addressKey(request.ip);
      perAddress.take(address);
      if (costly === "unlessSignedIn" ? !(await isOwnSession(request)) : costly) refused.take(address);
      if (door === "public") return;
      try {
        const { by, token } = credentialOf(request, publicUrl);
        if (by === "cookie") requireOwnPage(request, publicUrl);
        const actor = await tokens.authenticate(token);
        request.signedIn = { actor, address: request.ip, correlationId: request.id };
      } catch (error) {
        // Whose token couldn't even be looked at, as the database is away, hasn't been refused.
        // Beyond the limit a refusal costs no entry of the activity log; whoever has a good token from the same address goes on.
        if (isRefusal(error)) refused.take(address);
        throw error;
      }
      perToken.take(request.signedIn.actor.tokenId ?? "");
      if (door !== "signedIn") requireSomewhere(request.signedIn.actor, door);
    },

    /** The activity log learns of writes that were refused, too. Reads aren't recorded. */
    async noteRefusal(request: FastifyRequest, error: RunwrightError): Promise<void> {
      const writes = !["GET", "HEAD", "OPTIONS"].includes(request.method);
      if (!writes || !NOTED.includes(error.code)) return;
      const { door, operation } = request.routeOptions.config;
      // Whoever asks again and again whether a sign-in was confirmed, or sends events to a webhook, has a record elsewhere, or needs none.
      if (door === undefined || (door === "public" && operation === undefined)) return;
      const deed = { operation: operation ?? door, target: shownPath(request.url).slice(0, 300) };
      const from = { address: request.ip, correlationId: request.id };
      const entry = request.signedIn
        ? activityEntry(clock, request.signedIn, { ...deed, scope: "/" }, error.code)
        : anonymousEntry(clock, from, deed, error.code);
      await store.write(async (tx) => tx.activity.append(entry));
    },
  };
}

/** The entry of the activity log for what a handler does, to be appended in the transaction that does it. */
export type Audit = (tx: Writes, deed: Deed) => void;
export const auditOf =
  (clock: Clock, caller: Caller): Audit =>
  (tx, deed) =>
    tx.activity.append(activityEntry(clock, caller, deed));
