import { randomBytes, randomInt } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { DeviceLoginRecord } from "../store/records/principals.ts";
import type { Reads, Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { endOf, type FoundToken, findToken } from "./found-token.ts";
import { hashOf } from "./token-text.ts";
import type { Tokens } from "./tokens.ts";

/** Sign-in by device code (RFC 8628): a program shows a short code, someone who is signed in confirms it, the program gets a token with that person's rights. */
export interface StartedLogin {
  deviceCode: string;
  /** Such as `BCDF-GHJK`. */
  userCode: string;
  expiresInSeconds: number;
  intervalSeconds: number;
}

/** A sign-in that its maker has confirmed already, for a browser; the code stands in a link, in the part that browsers keep to themselves. */
export interface SignInLink {
  code: string;
  /** Unix milliseconds. */
  expiresAt: number;
}

const VALID_MS = 10 * 60_000;
const INTERVAL_MS = 5_000;
const TOKEN_MS = 90 * 24 * 3_600_000;
/** RFC 8628, 6.1: no vowels, so no words; nothing that looks like something else. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const MAX_POLLS_KNOWN = 10_000;

export interface DeviceLoginsParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  tokens: Pick<Tokens, "insert">;
}

export function createDeviceLogins({ store, clock, newId, tokens }: DeviceLoginsParts) {
  const polledAt = new Map<string, number>();

  /** @throws LOGIN_EXPIRED for codes that are unknown, over or used: a guess learns nothing */
  async function open(tx: Pick<Reads, "principals">, userCode: string): Promise<DeviceLoginRecord> {
    const login = await tx.principals.deviceLoginByUserCode(normalized(userCode));
    if (!login || login.expiresAt <= clock.now() || login.usedAt !== null || login.approvedBy !== null || login.deniedAt !== null) {
      throw new RunwrightError("LOGIN_EXPIRED", "this code is unknown, has expired, or was answered already; run `runwright login` again for a new one");
    }
    return login;
  }

  async function begin(tx: Writes, login: Pick<DeviceLoginRecord, "deviceHash" | "clientName" | "address" | "approvedBy">): Promise<DeviceLoginRecord> {
    const now = clock.now();
    const begun = { ...login, id: newId("dev"), userCode: newUserCode(), createdAt: now, expiresAt: now + VALID_MS, deniedAt: null, usedAt: null };
    await tx.principals.insertDeviceLogin(begun);
    return begun;
  }

  /**
   * Uses a confirmed sign-in up: one of however many who try gets it.
   * @returns the token that confirmed it, which is good
   * @throws `over` for one that is unknown, over or used; LOGIN_DENIED, LOGIN_PENDING
   */
  async function redeem(tx: Writes, hash: string, over: RunwrightError): Promise<{ login: DeviceLoginRecord; approver: FoundToken }> {
    const now = clock.now();
    const login = await tx.principals.deviceLoginByHash(hash);
    if (!login || login.expiresAt <= now || login.usedAt !== null) throw over;
    if (login.deniedAt !== null) throw new RunwrightError("LOGIN_DENIED", "the sign-in was denied");
    if (login.approvedBy === null) throw new RunwrightError("LOGIN_PENDING", `waiting for someone who is signed in to confirm ${login.userCode}`);
    const approver = await findToken(tx, login.approvedBy);
    if (!approver || endOf(approver, now)) throw over;
    if (!(await tx.principals.useDeviceLogin(login.id, now))) throw over;
    return { login, approver };
  }

  const slowDown = (hash: string): void => {
    const now = clock.monotonic();
    const before = polledAt.get(hash);
    if (polledAt.size >= MAX_POLLS_KNOWN) polledAt.clear();
    polledAt.set(hash, now);
    // A little less than the interval: a client's timer and the network are not exact.
    if (before !== undefined && now - before < INTERVAL_MS - 500) {
      throw new RunwrightError("RATE_LIMITED", `ask at most every ${INTERVAL_MS / 1_000} seconds`, { details: { retryAfterSeconds: INTERVAL_MS / 1_000 } });
    }
  };

  return {
    async start({ clientName, address }: { clientName: string; address: string }): Promise<StartedLogin> {
      const deviceCode = randomBytes(32).toString("base64url");
      const { userCode } = await store.write((tx) => begin(tx, { deviceHash: hashOf(deviceCode), clientName, address, approvedBy: null }));
      return { deviceCode, userCode, expiresInSeconds: VALID_MS / 1_000, intervalSeconds: INTERVAL_MS / 1_000 };
    },

    /** A link that signs one browser in with the caller's rights, once. */
    async link(caller: Caller): Promise<SignInLink> {
      const approvedBy = ownToken(caller, "make a link with a token of your own");
      const code = randomBytes(32).toString("base64url");
      const { expiresAt } = await store.write(async (tx) => {
        const login = await begin(tx, { deviceHash: hashOfLink(code), clientName: "a browser", address: caller.address, approvedBy });
        tx.activity.append(
          activityEntry(clock, caller, { operation: "login.link", target: `login:${login.userCode}`, scope: "/", details: { expiresAt: login.expiresAt } }),
        );
        return login;
      });
      return { code, expiresAt };
    },

    /** In the transaction that makes the session. @throws LOGIN_EXPIRED for codes that are unknown, over or used, or whose maker's token has ended */
    redeemLink: (tx: Writes, code: string) =>
      redeem(
        tx,
        hashOfLink(code),
        new RunwrightError("LOGIN_EXPIRED", "this link is unknown, has expired, or was used already; `runwright login --browser` gives another"),
      ),

    /** What someone who confirms should see first. @throws LOGIN_EXPIRED */
    async show(userCode: string): Promise<Pick<DeviceLoginRecord, "userCode" | "clientName" | "address" | "createdAt" | "expiresAt">> {
      const { clientName, address, createdAt, expiresAt, userCode: code } = await open(store.read, userCode);
      return { userCode: code, clientName, address, createdAt, expiresAt };
    },

    /** @throws LOGIN_EXPIRED */
    approve: (userCode: string, caller: Caller): Promise<void> =>
      store.write(async (tx) => {
        const login = await open(tx, userCode);
        await tx.principals.patchDeviceLogin(login.id, { approvedBy: ownToken(caller, "confirm a sign-in with a token of your own") });
        tx.activity.append(
          activityEntry(clock, caller, {
            operation: "login.approve",
            target: `login:${login.userCode}`,
            scope: "/",
            details: { client: login.clientName, address: login.address },
          }),
        );
      }),

    /** @throws LOGIN_EXPIRED */
    deny: (userCode: string, caller: Caller): Promise<void> =>
      store.write(async (tx) => {
        const login = await open(tx, userCode);
        await tx.principals.patchDeviceLogin(login.id, { deniedAt: clock.now() });
        tx.activity.append(
          activityEntry(clock, caller, {
            operation: "login.deny",
            target: `login:${login.userCode}`,
            scope: "/",
            details: { client: login.clientName, address: login.address },
          }),
        );
      }),

    /**
     * @returns the token, once
     * @throws LOGIN_PENDING, RATE_LIMITED when asked too often, LOGIN_DENIED, LOGIN_EXPIRED
     */
    async poll(deviceCode: string, address: string, correlationId: string): Promise<{ token: string; principal: string }> {
      const hash = hashOf(deviceCode);
      slowDown(hash);
      const over = new RunwrightError("LOGIN_EXPIRED", "this sign-in is unknown, has expired, or was used already; run `runwright login` again");
      const done = await store.write(async (tx) => {
        const { login, approver: found } = await redeem(tx, hash, over);
        const { token: approver, principal } = found;
        // Never more than the token that confirmed it: neither in rights nor in time.
        const expiresAt = Math.min(clock.now() + TOKEN_MS, approver.expiresAt ?? Number.POSITIVE_INFINITY);
        const request = { name: login.clientName, principalId: principal.id, role: approver.role, scope: approver.scope, expiresAt };
        const { id, text } = await tokens.insert(tx, request, principal.name);
        const actor = { id: principal.id, kind: principal.kind, name: principal.name, grants: principal.grants };
        tx.activity.append(
          activityEntry(
            clock,
            { actor, address, correlationId },
            {
              operation: "token.create",
              target: `token:${id}`,
              scope: approver.scope ?? "/",
              details: { name: login.clientName, login: login.userCode, expiresAt },
            },
          ),
        );
        return { token: text, principal: principal.name };
      });
      polledAt.delete(hash);
      return done;
    },
  };
}
export type DeviceLogins = ReturnType<typeof createDeviceLogins>;

/** What a link's code opens is no device's code, and the other way round: a link gives a session, never a token that a program could keep. */
const hashOfLink = (code: string): string => hashOf(`link ${code}`);

function ownToken({ actor }: Caller, otherwise: string): string {
  if (actor.tokenId === undefined) throw new RunwrightError("UNAUTHENTICATED", otherwise);
  return actor.tokenId;
}

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** People type lower case, and leave out or misplace the dash. */
function normalized(userCode: string): string {
  const letters = userCode.toUpperCase().replace(/[^A-Z]/g, "");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
