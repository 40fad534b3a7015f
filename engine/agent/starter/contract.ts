/**
 * What the starter gives to the agent that it runs, under this name on `globalThis`. Both may be of different releases: members are added, never changed.
 * An agent that finds nothing there wasn't started by a starter, and can't be updated by its engine.
 */
export const STARTER = Symbol.for("runwright.agent.starter");

export interface Starter {
  /** Grows when this contract changes in a way that an older side can't live with. */
  contract: 1;
  /** Arguments of the agent, without program and file. */
  argv: readonly string[];
  /** SHA-256 of the agent's code, hex. */
  hash: string;
  /** With what this agent is run: `install` copies it. */
  program: Program;
  /** This agent is on trial: it takes no commands, and must say `reported`. */
  trial: boolean;
  /** It has reported to its engine, which has taken the report. */
  reported(): void;
  /** Ends this process at once and begins anew with what `versions.json` says. The caller has closed what must be closed. */
  restart(): never;
}

/** A single executable, or Node with the starter and what came with it. */
export type Program = { kind: "executable"; path: string } | { kind: "scripts"; node: string; starter: string; agent: string };

export function findStarter(): Starter | undefined {
  const found: unknown = Reflect.get(globalThis, STARTER);
  return isStarter(found) ? found : undefined;
}

const isStarter = (value: unknown): value is Starter => typeof value === "object" && value !== null && "contract" in value && value.contract === 1;
