import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Facts } from "../core/machine.ts";
import { helloStatement } from "../protocol/signature.ts";
import { createAddresses } from "./addresses.ts";
import { backoff } from "./backoff.ts";
import { openSession, type Session } from "./handshake.ts";
import type { MachineIdentity } from "./identity.ts";
import { ConnectError } from "./inbox.ts";
import type { Log } from "./log.ts";
import { newRunId } from "./run-id.ts";

/** A connection that lasted this long wasn't a failure. */
const STABLE_MS = 10_000;

export interface LoopParts {
  identity: MachineIdentity;
  urls: readonly [string, ...string[]];
  collect(): Promise<Facts>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** The main loop: connect, serve, wait, again. An address that is of no use is followed by the next one. Never rejects. */
export async function stayConnected(parts: LoopParts, onSession: (session: Session, url: string) => Promise<void>): Promise<void> {
  const { identity, collect, clock, log, signal } = parts;
  const runId = newRunId();
  const addresses = createAddresses(parts.urls);
  while (!signal.aborted) {
    let welcomedAt = Number.POSITIVE_INFINITY;
    const url = addresses.current();
    let retryAfterMs: number | undefined;
    try {
      const facts = await collect();
      const { machineId, publicKey, engine } = identity;
      const session = await openSession(
        { ...engine, url },
        (nonces, protocol) => ({
          type: "hello",
          protocol,
          runId,
          machineId,
          publicKey,
          signature: identity.sign(helloStatement(nonces, machineId, runId)),
          facts,
        }),
        signal,
      );
      welcomedAt = clock.monotonic();
      log.info({ engine: url, machine: session.welcome.name }, "connected");
      await onSession(session, url);
      const closing = await session.closed;
      retryAfterMs = closing.retryAfterMs;
      if (!signal.aborted) log.warn({ reason: closing.reason }, "the connection is gone; connecting again");
    } catch (error) {
      if (error instanceof ConnectError) retryAfterMs = error.retryAfterMs;
      if (!signal.aborted)
        log.warn({ err: error, code: error instanceof RunwrightError ? error.code : undefined }, "the engine can't be used now; trying again");
    }
    const worked = clock.monotonic() - welcomedAt > STABLE_MS;
    if (worked) addresses.worked();
    const { rounds, isLast } = worked ? { rounds: 0, isLast: true } : addresses.failed();
    // What one engine asks for is no reason to keep away from the next one.
    await delay(backoff(rounds, isLast ? retryAfterMs : undefined), undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
