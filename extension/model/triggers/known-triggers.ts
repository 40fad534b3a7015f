import type { EngineAccess } from "../authoring/engine-access.ts";
import { createEmitter } from "../emitter.ts";
import { readTriggers, type Triggers } from "./read-triggers.ts";

/** What starts runbooks, as it was known up to half a minute ago. */
export interface KnownTriggers {
  /** What is known now; looks again where that is old, and tells `on` when it is there. */
  known(): Triggers | undefined;
  /** @returns undefined without an engine that answers: what is shown of it is a help, not a promise */
  current(): Promise<Triggers | undefined>;
  /** Another engine has others. */
  forget(): void;
  on(listener: () => void): () => void;
}

const FRESH_MS = 30_000;

export function createKnownTriggers({ engine, now }: { engine: EngineAccess; now(): number }): KnownTriggers {
  const changes = createEmitter();
  let kept: { at: number; triggers: Triggers | undefined } | undefined;
  let reading: Promise<Triggers | undefined> | undefined;
  let age = 0;

  async function read(own: number): Promise<Triggers | undefined> {
    const client = await engine.client();
    // The connection tells people that the engine is away; whoever looks half a minute later asks again.
    const triggers = client && (await readTriggers(client).catch(() => undefined));
    if (own !== age) return triggers;
    kept = { at: now(), triggers };
    reading = undefined;
    changes.fire();
    return triggers;
  }

  const isFresh = () => kept !== undefined && now() - kept.at <= FRESH_MS;
  function ask(): Promise<Triggers | undefined> {
    reading ??= read(age);
    return reading;
  }
  return {
    known() {
      if (!isFresh()) void ask();
      return kept?.triggers;
    },
    current: async () => (isFresh() ? kept?.triggers : ask()),
    forget() {
      age += 1;
      kept = undefined;
      reading = undefined;
    },
    on: changes.on,
  };
}
