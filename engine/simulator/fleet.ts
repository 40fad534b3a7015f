import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { backoff } from "../agent/backoff.ts";
import { openSession, type Route } from "../agent/handshake.ts";
import type { MachineIdentity } from "../agent/identity.ts";
import { ConnectError } from "../agent/inbox.ts";
import { joinIntroduction } from "../agent/join-introduction.ts";
import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import { parseJoinToken } from "../protocol/join-token.ts";
import { type Identity, openIdentity } from "../protocol/signature.ts";
import { type Pace, type SimulatedAgent, startSimulatedAgent } from "./agent.ts";
import { createCatalogue } from "./catalogue.ts";
import { createChance } from "./chance.ts";
import { createFleetFigures } from "./figures.ts";
import { createHost, type HostShape, type SimulatedHost } from "./host.ts";

export interface FleetParts {
  /** Packages, machines and their keys follow from it: whoever knows it can speak for these machines. */
  seed: string;
  machines: number;
  /** Names are this and a number. */
  prefix: string;
  /** Of join tokens; machines take them in turn, so that each may give other tags. Each needs uses for its share. */
  tokens: readonly string[];
  shape: HostShape;
  pace: Pace;
  agentVersion: string;
  clock: Clock;
  signal: AbortSignal;
  onJoined?(machines: number): void;
}

const JOINS_AT_ONCE = 32;
const JOIN_TRIES = 30;
/** A machine has some of what there is. */
const CATALOGUE_SHARE = 1.25;

interface Member {
  identity: MachineIdentity;
  host: SimulatedHost;
}

/**
 * Makes so many simulated machines members of an engine. Asked again with the same seed, the same machines come back.
 * @throws what the engine refuses a machine with
 */
export async function joinFleet(parts: FleetParts) {
  const { seed, machines, clock, signal, shape } = parts;
  const catalogue = createCatalogue({ seed, packages: Math.ceil(shape.packages * CATALOGUE_SHARE) });
  const figures = createFleetFigures();
  const members: Member[] = [];
  let next = 0;

  async function joinOne(number: number): Promise<void> {
    const name = `${parts.prefix}${String(number + 1).padStart(5, "0")}`;
    const host = createHost({ name, number, agentVersion: parts.agentVersion, catalogue, chance: createChance(seed, "machine", number), shape });
    const key = openIdentity(
      createHash("sha256")
        .update(JSON.stringify([seed, "key", number]))
        .digest("base64url"),
    );
    members[number] = { host, identity: await member(parts, { key, name, number, host, token: parts.tokens[number % parts.tokens.length] ?? "" }) };
    parts.onJoined?.(members.length);
  }

  const work = async () => {
    while (next < machines) await joinOne(next++);
  };
  await Promise.all(Array.from({ length: Math.min(JOINS_AT_ONCE, machines) }, work));

  const agents: SimulatedAgent[] = [];
  return {
    figures,
    agents: agents as readonly SimulatedAgent[],
    /** All agents start, evenly over this time. */
    async connect(spreadMs: number): Promise<void> {
      const begin = clock.monotonic();
      for (const [number, { identity, host }] of members.entries()) {
        const early = begin + (number * spreadMs) / machines - clock.monotonic();
        if (early > 1) await delay(early, undefined, { signal }).catch(() => {}); // given up: nothing more is started
        if (signal.aborted) return;
        agents.push(startSimulatedAgent({ identity, host, clock, figures, pace: parts.pace }));
      }
    },
    async stop(): Promise<void> {
      await Promise.all(agents.splice(0).map((agent) => agent.stop()));
    },
  };
}
export type SimulatedFleet = Awaited<ReturnType<typeof joinFleet>>;

interface Newcomer {
  key: Identity;
  name: string;
  number: number;
  host: SimulatedHost;
  token: string;
}

/** Joins, and tries again where the engine is busy. */
async function member({ signal }: Pick<FleetParts, "signal">, { key, name, number, host, token }: Newcomer): Promise<MachineIdentity> {
  const { url, engineKey, tlsPin, secret } = parseJoinToken(token);
  const engine: Route = { url, engineKey, ...(tlsPin === undefined ? {} : { tlsPin }), ...ownAddress(url, number) };
  const introduce = joinIntroduction({ identity: key, secret, name, facts: host.facts(), former: undefined });
  for (let tries = 1; ; tries++) {
    try {
      const session = await openSession(engine, introduce, signal);
      session.close();
      await session.closed;
      return { ...key, engine, machineId: session.welcome.machineId, name: session.welcome.name };
    } catch (error) {
      const isBusy = isRunwrightError(error, "OVERLOADED") || isRunwrightError(error, "ENGINE_UNREACHABLE");
      if (!isBusy || signal.aborted || tries === JOIN_TRIES) throw error;
      await delay(backoff(tries, error instanceof ConnectError ? error.retryAfterMs : undefined), undefined, { signal });
    }
  }
}

/**
 * Machines have addresses of their own, and an engine limits what each may take. Linux lends every program all of 127.0.0.0/8; to an engine elsewhere, or from another
 * system, all come from one address.
 */
function ownAddress(url: string, number: number): { localAddress?: string } {
  if (process.platform !== "linux" || new URL(url).hostname !== "127.0.0.1") return {};
  return { localAddress: `127.${1 + ((number >> 16) & 127)}.${(number >> 8) & 255}.${number & 255}` };
}
