import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { AgentFrame } from "../protocol/agent.ts";
import { parseJoinToken } from "../protocol/join-token.ts";
import type { HandshakeNonces } from "../protocol/signature.ts";
import { openAudit } from "./audit.ts";
import { collectFacts } from "./facts.ts";
import { openSession, type Session } from "./handshake.ts";
import { confirmIdentity, type EngineAddress, prepareIdentity, readIdentity } from "./identity.ts";
import { joinIntroduction } from "./join-introduction.ts";
import { lockStateDirectory } from "./lock.ts";
import type { Log } from "./log.ts";
import { openStateDirectory } from "./state-directory.ts";

export interface JoinParts {
  /** Made when it doesn't exist, mode 0700. */
  stateDirectory: string;
  /** From `runwright agent token create`. */
  token: string;
  /** Name of the machine at the engine; without it, its host name. */
  name?: string;
  /** Further addresses of the engine, such as those of other engines of the same database: tried in turn, now and later. */
  urls?: readonly string[];
  /** `accept`: commands may travel unencrypted to an engine that isn't on this machine. */
  unencrypted?: "accept" | "refuse";
  agentVersion: string;
  clock: Clock;
  log: Log;
  signal?: AbortSignal;
}

/**
 * Makes this machine a member of the engine that the join token names. The machine makes a key of its own; a machine that was a member before, of this or
 * another engine, becomes a new one once it is accepted, and stays what it was when it isn't.
 * @throws JOIN_TOKEN_INVALID, NAME_TAKEN, ENGINE_UNREACHABLE, ENGINE_KEY_WRONG, AGENT_PROTOCOL, OVERLOADED, AGENT_STATE
 */
export async function joinEngine(parts: JoinParts): Promise<{ machineId: string; name: string; url: string; stateDirectory: string }> {
  const token = parseJoinToken(parts.token);
  const stateDirectory = await openStateDirectory(parts.stateDirectory);
  const lock = await lockStateDirectory(stateDirectory);
  try {
    const engine = {
      url: token.url,
      engineKey: token.engineKey,
      ...(token.tlsPin === undefined ? {} : { tlsPin: token.tlsPin }),
      ...(parts.urls === undefined ? {} : { otherUrls: [...parts.urls] }),
      ...(parts.unencrypted === "accept" ? { unencrypted: true } : {}),
    };
    const identity = await prepareIdentity(stateDirectory, engine);
    const facts = await collectFacts(parts.agentVersion);
    const known = await readIdentity(stateDirectory).catch(() => undefined); // damaged: then there is nothing to give up
    const former = known?.engine.engineKey === token.engineKey ? known : undefined;
    const introduce = joinIntroduction({ identity, secret: token.secret, name: parts.name, facts, former });
    const { session, url } = await firstOf(engine, introduce, parts.signal ?? new AbortController().signal);
    session.close();
    const { machineId, name } = session.welcome;
    await confirmIdentity(stateDirectory, { machineId, name });
    await session.closed;
    await openAudit(stateDirectory, parts).write({ event: "joined", engine: url });
    return { machineId, name, url, stateDirectory };
  } finally {
    await lock.release();
  }
}

/** The first of the engine's addresses that answers. @throws what the last one failed with, or at once what the engine refuses */
async function firstOf(
  engine: EngineAddress,
  introduce: (nonces: HandshakeNonces, protocol: number) => AgentFrame,
  signal: AbortSignal,
): Promise<{ session: Session; url: string }> {
  const urls = [engine.url, ...(engine.otherUrls ?? [])];
  for (const [n, url] of urls.entries()) {
    try {
      return { session: await openSession({ ...engine, url }, introduce, signal), url };
    } catch (error) {
      const mayTryNext = isRunwrightError(error, "ENGINE_UNREACHABLE") || isRunwrightError(error, "OVERLOADED");
      if (!mayTryNext || signal.aborted || n === urls.length - 1) throw error;
    }
  }
  throw new TypeError("an engine has an address");
}
