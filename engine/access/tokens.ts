import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { type Actor, type Grant, isAllowed, type Role } from "../core/role.ts";
import { ROOT_SCOPE, type Scope } from "../core/scope.ts";
import type { PrincipalRecord, TokenRecord } from "../store/records/principals.ts";
import type { Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { describeGrants, narrow, requireToGive } from "./authorize.ts";
import { endOf, type FoundToken, findToken } from "./found-token.ts";
import { makeToken, parseToken, sameHash } from "./token-text.ts";

/** How long this engine believes what it has read: a revocation by another engine takes effect within it. */
const BELIEVED_MS = 2_000;
const MAX_BELIEVED = 10_000;
const MAX_LIFE_MS = 3_653 * 24 * 3_600_000;
/** `lastUsedAt` is written this seldom, so that reading costs no write. */
const USED_EVERY_MS = 60_000;

export interface TokensParts {
  store: Store;
  clock: Clock;
  newId: NewId;
}

export interface TokenRequest {
  name: string;
  /** Id of the principal that it belongs to. */
  principalId: string;
  role: Role | null;
  scope: Scope | null;
  /** Unix milliseconds; null: never. */
  expiresAt: number | null;
}

export interface InsertedToken extends TokenRequest {
  /** Id of the token that this one is a session of. */
  sessionOf?: string | null;
}

/** A token as lists show it: without its hash. */
export type TokenView = Omit<TokenRecord, "hash"> & { principal: string; grants: readonly Grant[] };

interface Believed extends FoundToken {
  actor: Actor;
  /** Monotonic. */
  until: number;
}

export function createTokens({ store, clock, newId }: TokensParts) {
  const believed = new Map<string, Believed>();

  async function lookUp(id: string): Promise<Believed | undefined> {
    const known = believed.get(id);
    if (known && known.until > clock.monotonic()) return known;
    const read = await findToken(store.read, id);
    if (!read) return undefined;
    const { token, principal } = read;
    const actor: Actor = {
      id: principal.id,
      kind: principal.kind,
      name: principal.name,
      grants: narrow(principal.grants, token.role, token.scope),
      tokenId: token.id,
    };
    const found = { ...read, actor, until: clock.monotonic() + BELIEVED_MS };
    if (believed.size >= MAX_BELIEVED) believed.clear();
    believed.set(id, found);
    return found;
  }

  async function noteUse({ token }: Believed): Promise<void> {
    const now = clock.now();
    if (token.lastUsedAt !== null && Math.abs(now - token.lastUsedAt) < USED_EVERY_MS) return;
    token.lastUsedAt = now;
    try {
      await store.write((tx) => tx.principals.patchToken(token.id, { lastUsedAt: now }));
    } catch {
      // A full disk must not keep anyone from reading; the next write tells of it.
    }
  }

  /** Stores a token; the caller has been authorised. */
  async function insert(tx: Writes, { sessionOf = null, ...request }: InsertedToken, createdBy: string): Promise<{ id: string; text: string }> {
    const id = newId("tok");
    const { text, hash } = makeToken(id);
    await tx.principals.insertToken({ id, hash, ...request, sessionOf, createdAt: clock.now(), createdBy, revokedAt: null, lastUsedAt: null });
    return { id, text };
  }

  const view = ({ hash: _, ...token }: TokenRecord, principal: PrincipalRecord): TokenView => ({
    ...token,
    principal: principal.name,
    grants: narrow(principal.grants, token.role, token.scope),
  });

  return {
    insert,

    /** Forgets what was read about tokens: one of them, or its principal, has changed. */
    forget: (): void => believed.clear(),

    /**
     * @param text what came after `Bearer`, or in a session's cookie
     * @throws TOKEN_MALFORMED, UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED
     */
    async authenticate(text: string): Promise<Actor> {
      const { id, hash } = parseToken(text);
      const found = await lookUp(id);
      // A wrong secret looks like an unknown token: only its holder learns that it was revoked or has expired.
      if (!found || !sameHash(found.token.hash, hash)) {
        throw new RunwrightError(
          "UNAUTHENTICATED",
          "this engine doesn't know the token; check that it belongs to this engine, or sign in with `runwright login`",
        );
      }
      const end = endOf(found, clock.now());
      if (end) throw end;
      await noteUse(found);
      return found.actor;
    },

    /**
     * @returns the token's text: it is shown this once
     * @throws PERMISSION_DENIED, NOT_FOUND, BAD_REQUEST
     */
    async create(request: TokenRequest, caller: Caller): Promise<{ token: TokenView; text: string }> {
      if (request.expiresAt !== null && request.expiresAt <= clock.now())
        throw new RunwrightError("BAD_REQUEST", "the token would have expired already; give a time that is yet to come");
      if (request.expiresAt !== null && request.expiresAt > clock.now() + MAX_LIFE_MS)
        throw new RunwrightError("BAD_REQUEST", "a token that expires does so within ten years; without a time it never expires");
      return store.write(async (tx) => {
        const principal = await tx.principals.get(request.principalId);
        if (!principal) throw new RunwrightError("NOT_FOUND", `there is no principal ${request.principalId}; see \`GET /api/v1/principals\``);
        const grants = narrow(principal.grants, request.role, request.scope);
        if (grants.length === 0) {
          throw new RunwrightError(
            "BAD_REQUEST",
            `such a token could do nothing: ${principal.name} has ${describeGrants(principal.grants)}, the token would have ${request.role ?? "any role"} at ${request.scope ?? ROOT_SCOPE}`,
          );
        }
        requireToGive(caller.actor, "token.write", grants);
        const { id, text } = await insert(tx, request, caller.actor.name);
        const details = { name: request.name, principal: principal.name, role: request.role, scope: request.scope, expiresAt: request.expiresAt };
        tx.activity.append(
          activityEntry(clock, caller, { operation: "token.create", target: `token:${id}`, scope: request.scope ?? grants[0]?.scope ?? ROOT_SCOPE, details }),
        );
        const token = await tx.principals.token(id);
        if (!token) throw new RunwrightError("INTERNAL", `token ${id} vanished while it was stored`);
        return { token: view(token, principal), text };
      });
    },

    /** The actor's own tokens, and those that it may revoke. Newest first. */
    async list(actor: Actor): Promise<TokenView[]> {
      const principals = new Map((await store.read.principals.list()).map((principal) => [principal.id, principal]));
      return (await store.read.principals.tokens()).flatMap((token) => {
        const principal = principals.get(token.principalId);
        if (!principal) return [];
        const shown = view(token, principal);
        return mayRevoke(actor, shown) ? [shown] : [];
      });
    },

    /** Ends a token at once; asking twice is harmless. @throws NOT_FOUND, PERMISSION_DENIED */
    async revoke(id: string, caller: Caller): Promise<void> {
      await store.write(async (tx) => {
        const token = await tx.principals.token(id);
        const principal = token && (await tx.principals.get(token.principalId));
        if (!token || !principal) throw new RunwrightError("NOT_FOUND", `there is no token ${id}; see \`runwright token list\``);
        const shown = view(token, principal);
        if (!mayRevoke(caller.actor, shown)) requireToGive(caller.actor, "token.write", shown.grants);
        if (token.revokedAt !== null) return;
        await tx.principals.patchToken(id, { revokedAt: clock.now() });
        tx.activity.append(
          activityEntry(clock, caller, {
            operation: "token.revoke",
            target: `token:${id}`,
            scope: token.scope ?? shown.grants[0]?.scope ?? ROOT_SCOPE,
            details: { name: token.name, principal: principal.name },
          }),
        );
      });
      believed.clear(); // its sessions end with it
    },
  };
}
export type Tokens = ReturnType<typeof createTokens>;

function mayRevoke(actor: Actor, token: TokenView): boolean {
  if (token.principalId === actor.id) return true;
  const places = token.grants.length > 0 ? token.grants.map((grant) => grant.scope) : [ROOT_SCOPE];
  return places.every((scope) => isAllowed(actor, "token.write", scope));
}
