import type { Clock } from "../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { Actor } from "../core/role.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { PrincipalRecord, TokenRecord } from "../store/records/principals.ts";
import type { Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { narrow } from "./authorize.ts";
import type { DeviceLogins } from "./device.ts";
import { type FoundToken, findToken, MAX_ORIGINS } from "./found-token.ts";
import { parseToken, sameHash } from "./token-text.ts";
import type { Tokens } from "./tokens.ts";

/** What a browser gets: a token of its own, which it keeps in a cookie. */
export interface OpenedSession {
  /** The token's text; for the cookie alone. */
  text: string;
  /** Of the principal. */
  name: string;
  /** Unix milliseconds. */
  expiresAt: number;
}

const SESSION_MS = 7 * 24 * 3_600_000;
/** How long lists show sessions that have expired. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Who asks isn't signed in yet, or not any more. */
type From = Omit<Caller, "actor">;
/** `replaces`: what the browser has in its cookie, which the new session takes the place of. */
type Opening = From & { replaces?: string | undefined };

export interface SessionsParts {
  store: Store;
  clock: Clock;
  tokens: Pick<Tokens, "authenticate" | "insert" | "forget">;
  devices: Pick<DeviceLogins, "redeemLink">;
}

/** Sessions of browsers. A session is a token that was made from another one, has its rights and never more, and ends with it. */
export function createSessions({ store, clock, tokens, devices }: SessionsParts) {
  async function open(tx: Writes, { token, principal, origins }: FoundToken, how: object, from: Opening): Promise<OpenedSession> {
    const { replaces, ...where } = from;
    if (origins.length >= MAX_ORIGINS)
      throw new RunwrightError("BAD_REQUEST", "this session comes from one that comes from others: make the link with a token instead");
    const now = clock.now();
    const expiresAt = Math.min(now + SESSION_MS, token.expiresAt ?? Number.POSITIVE_INFINITY);
    await tx.principals.deleteSessions(now - KEPT_MS);
    const request = { name: "dashboard session", principalId: principal.id, role: token.role, scope: token.scope, expiresAt, sessionOf: token.id };
    const { id, text } = await tokens.insert(tx, request, principal.name);
    tx.activity.append(
      activityEntry(
        clock,
        { actor: actorOf(token, principal), ...where },
        { operation: "session.begin", target: `token:${id}`, scope: token.scope ?? ROOT_SCOPE, details: { ...how, sessionOf: token.id, expiresAt } },
      ),
    );
    const replaced = replaces === undefined ? undefined : parsed(replaces);
    // The new session would end with one that it was made from.
    if (replaced && ![token, ...origins].some((one) => one.id === replaced.id)) await end(tx, replaced, where);
    return { text, name: principal.name, expiresAt };
  }

  async function end(tx: Writes, given: GivenToken, from: From): Promise<void> {
    const token = await tx.principals.token(given.id);
    const principal = token && (await tx.principals.get(token.principalId));
    if (!isOpenSession(token, given) || !principal) return;
    await tx.principals.patchToken(token.id, { revokedAt: clock.now() });
    tx.activity.append(
      activityEntry(
        clock,
        { actor: actorOf(token, principal), ...from },
        { operation: "session.end", target: `token:${token.id}`, scope: token.scope ?? ROOT_SCOPE },
      ),
    );
  }

  return {
    /** @param code of a link @throws LOGIN_EXPIRED, BAD_REQUEST */
    async openByLink(code: string, from: Opening): Promise<OpenedSession> {
      const opened = await store.write(async (tx) => {
        const { login, approver } = await devices.redeemLink(tx, code);
        return open(tx, approver, { by: "link", login: login.userCode }, from);
      });
      tokens.forget();
      return opened;
    },

    /** @param text of a token @throws TOKEN_MALFORMED, UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, BAD_REQUEST */
    async openByToken(text: string, from: Opening): Promise<OpenedSession> {
      const { tokenId = "" } = await tokens.authenticate(text);
      const opened = await store.write(async (tx) => {
        const found = await findToken(tx, tokenId);
        if (!found) throw new RunwrightError("UNAUTHENTICATED", "this engine doesn't know the token any more");
        return open(tx, found, { by: "token" }, from);
      });
      tokens.forget();
      return opened;
    },

    /** Ends a session, also one that has expired. Whatever isn't a session's token ends nothing: nobody learns from that what it is. */
    async close(text: string, from: From): Promise<void> {
      const given = parsed(text);
      if (!given) return;
      // Looked at before anything is written: anyone may ask.
      if (!isOpenSession(await store.read.principals.token(given.id), given)) return;
      await store.write((tx) => end(tx, given, from));
      tokens.forget();
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

const actorOf = (token: TokenRecord, { id, kind, name, grants }: PrincipalRecord): Actor => ({
  ...{ id, kind, name, tokenId: token.id },
  grants: narrow(grants, token.role, token.scope),
});

type GivenToken = ReturnType<typeof parseToken>;

const isOpenSession = (token: TokenRecord | undefined, given: GivenToken): token is TokenRecord =>
  token !== undefined && token.sessionOf !== null && token.revokedAt === null && sameHash(token.hash, given.hash);

function parsed(text: string): GivenToken | undefined {
  try {
    return parseToken(text);
  } catch (error) {
    if (isRunwrightError(error, "TOKEN_MALFORMED")) return undefined;
    throw error;
  }
}
