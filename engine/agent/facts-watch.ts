import type { Facts } from "../core/machine.ts";
import type { AgentFrame } from "../protocol/agent.ts";
import { jitter } from "./backoff.ts";

const EVERY_MS = 5 * 60_000;

/** Tells the engine when what it was told in the greeting isn't true any more: addresses and host names change while an agent runs. */
export function watchFacts(send: (frame: AgentFrame) => void, collect: () => Promise<Facts>, everyMs = EVERY_MS): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let known: string | undefined;
  let stopped = false;
  const look = async () => {
    const facts = await collect().catch(() => undefined); // the system doesn't say now, such as out of file handles: the next look does
    const text = facts && JSON.stringify(facts);
    if (facts && known !== undefined && known !== text && !stopped) send({ type: "facts", facts });
    known = text ?? known;
    if (!stopped) timer = setTimeout(look, jitter(everyMs));
  };
  void look();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
