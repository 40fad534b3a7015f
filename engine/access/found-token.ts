import { RunwrightError } from "../core/errors.ts";
import type { PrincipalRecord, TokenRecord } from "../store/records/principals.ts";
import type { Reads } from "../store/store.ts";

/** A token with all on which its life depends. */
export interface FoundToken {
  token: TokenRecord;
  principal: PrincipalRecord;
  /** The tokens that a session was made from, nearest first: whatever ends one of them ends the session. */
  origins: readonly TokenRecord[];
}

/** A session may be made from a session, as with a link for one's telephone. So many in a row, as each of them is read with each look. */
export const MAX_ORIGINS = 4;

/** @returns undefined when there is no such token, or what it was made from is gone */
export async function findToken(read: Pick<Reads, "principals">, id: string): Promise<FoundToken | undefined> {
  const token = await read.principals.token(id);
  const principal = token && (await read.principals.get(token.principalId));
  if (!token || !principal) return undefined;
  const origins: TokenRecord[] = [];
  for (let next = token.sessionOf; next !== null; ) {
    const origin = await read.principals.token(next);
    if (!origin || origins.length === MAX_ORIGINS) return undefined;
    origins.push(origin);
    next = origin.sessionOf;
  }
  return { token, principal, origins };
}

/** What has ended a token, in words for whoever holds it: TOKEN_REVOKED or TOKEN_EXPIRED. undefined: it is good. */
export function endOf({ token, principal, origins }: FoundToken, now: number): RunwrightError | undefined {
  const again =
    token.sessionOf === null
      ? "sign in again with `runwright login` or ask for a new token"
      : "sign in again: `runwright login --browser` gives a link, and a token does, too";
  for (const one of [token, ...origins]) {
    const what = one === token ? `token "${one.name}"` : `token "${one.name}", from which this session was made,`;
    if (one.revokedAt !== null) return new RunwrightError("TOKEN_REVOKED", `${what} was revoked at ${iso(one.revokedAt)}; ${again}`);
    if (one.expiresAt !== null && one.expiresAt <= now) return new RunwrightError("TOKEN_EXPIRED", `${what} expired at ${iso(one.expiresAt)}; ${again}`);
  }
  if (principal.disabledAt === null) return undefined;
  return new RunwrightError("TOKEN_REVOKED", `${principal.name} was disabled at ${iso(principal.disabledAt)}; ask an administrator`);
}

const iso = (at: number): string => new Date(at).toISOString();
