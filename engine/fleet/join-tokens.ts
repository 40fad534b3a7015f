import { createHash } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { parseScope, type Scope } from "../core/scope.ts";
import { formatJoinToken } from "../protocol/join-token.ts";
import { newSeed, openIdentity } from "../protocol/signature.ts";
import type { JoinTokenRecord } from "../store/records/machines.ts";
import type { Store, Writes } from "../store/store.ts";

const DEFAULT_LIFE_MS = 24 * 3_600_000;
const MAX_LIFE_MS = 90 * 24 * 3_600_000;

export interface JoinTokenRequest {
  /** Where machines reach the engine. */
  url: string;
  /** SHA-256 of the SPKI of its TLS certificate, base64url, when it signed that itself. */
  tlsPin?: string;
  /** Scope of the machines that join with it. */
  scope: Scope;
  tags?: Readonly<Record<string, string>>;
  /** Machines that may join with it; default 1. */
  maxUses?: number;
  /** Default a day, at most 90. */
  expiresInMs?: number;
  /** Name of a machine that was set up anew: it keeps its id, tags and history. */
  replaces?: string;
  /** Name of who asks. */
  by: string;
}

/** What is stored of a join token: nothing that would let anyone join. */
export const joinTokenHash = (joinKey: string): string => createHash("sha256").update(joinKey).digest("hex");

/** Tokens with which machines join. */
export function createJoinTokens({ store, clock, newId, engineKey }: { store: Store; clock: Clock; newId: NewId; engineKey: string }) {
  return {
    /**
     * @param also written in the same transaction: the activity log's entry
     * @returns the token's text, which is shown this once
     * @throws BAD_REQUEST, SCOPE_INVALID
     */
    async create(request: JoinTokenRequest, also?: (tx: Writes, token: JoinTokenRecord) => void): Promise<{ id: string; token: string; expiresAt: number }> {
      const { maxUses = 1, expiresInMs = DEFAULT_LIFE_MS } = request;
      if (!Number.isInteger(maxUses) || maxUses < 1 || maxUses > 100_000) throw new RunwrightError("BAD_REQUEST", "a join token is for 1 to 100,000 machines");
      if (!(expiresInMs > 0 && expiresInMs <= MAX_LIFE_MS)) throw new RunwrightError("BAD_REQUEST", "a join token lives at most 90 days");
      if (request.replaces !== undefined && maxUses > 1) throw new RunwrightError("BAD_REQUEST", "a join token that replaces a machine has one use");
      const secret = newSeed();
      const now = clock.now();
      const record: JoinTokenRecord = {
        id: newId("jtk"),
        hash: joinTokenHash(openIdentity(secret).publicKey),
        scope: parseScope(request.scope),
        tags: request.tags ?? {},
        replaces: request.replaces ?? null,
        maxUses,
        uses: 0,
        createdAt: now,
        createdBy: request.by,
        expiresAt: now + expiresInMs,
        revokedAt: null,
      };
      await store.write(async (tx) => {
        await tx.machines.insertJoinToken(record);
        also?.(tx, record);
      });
      const { url, tlsPin } = request;
      return {
        id: record.id,
        token: formatJoinToken({ v: 1, url, engineKey, ...(tlsPin === undefined ? {} : { tlsPin }), secret }),
        expiresAt: record.expiresAt,
      };
    },
    /** @throws NOT_FOUND */
    async revoke(id: string, also?: (tx: Writes, token: JoinTokenRecord) => void): Promise<void> {
      await store.write(async (tx) => {
        const token = (await tx.machines.joinTokens()).find((one) => one.id === id);
        if (!token) throw new RunwrightError("NOT_FOUND", `there is no join token ${id}`);
        if (token.revokedAt === null) await tx.machines.patchJoinToken(id, { revokedAt: clock.now() });
        also?.(tx, token);
      });
    },
    list: (): Promise<JoinTokenRecord[]> => store.read.machines.joinTokens(),
  };
}
