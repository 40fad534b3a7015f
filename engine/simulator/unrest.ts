import type { SimulatedAgent } from "./agent.ts";
import type { Chance } from "./chance.ts";

const ROUND_MS = 1_000;

/** Machines lose their power or network for a while, now and then: on average this share of them is away. */
export function startUnrest({ agents, chance, share, awayMs }: { agents: readonly SimulatedAgent[]; chance: Chance; share: number; awayMs: number }) {
  const leaves = (share * ROUND_MS) / awayMs;
  const round = () => {
    for (const agent of agents) if (chance.happens(leaves)) agent.goAway(awayMs);
  };
  const timer = share > 0 ? setInterval(round, ROUND_MS) : undefined;
  return { stop: () => clearInterval(timer) };
}
