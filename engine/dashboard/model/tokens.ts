import type { Token, WhoAmI } from "../../protocol/http/access.ts";

export type TokenState = "active" | "expired" | "revoked";

export function tokenState({ revokedAt, expiresAt }: Pick<Token, "revokedAt" | "expiresAt">, now: number): TokenState {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= now ? "expired" : "active";
}

/** Sessions of browsers in which somebody is signed in now; the one of this browser last, so that it can end the others first. */
export const sessionsOf = (tokens: readonly Token[], who: Pick<WhoAmI, "name" | "tokenId">, now: number): Token[] =>
  tokens
    .filter((token) => token.sessionOf !== null && token.principal === who.name && tokenState(token, now) === "active")
    .sort((a, b) => Number(a.id === who.tokenId) - Number(b.id === who.tokenId));

/** Those in use first, then the newest. */
export const inOrder = (tokens: readonly Token[], now: number): Token[] =>
  tokens.toSorted((a, b) => Number(tokenState(a, now) !== "active") - Number(tokenState(b, now) !== "active") || (a.createdAt < b.createdAt ? 1 : -1));
