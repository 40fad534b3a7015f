import type { AgentFrame } from "../protocol/agent.ts";
import { jitter } from "./backoff.ts";

/** Says at once, and then every `everyMs` or so, that the agent lives and which commands run. */
export function startHeartbeat(send: (frame: AgentFrame) => void, running: () => string[], everyMs: number): { stop(): void } {
  let timer: NodeJS.Timeout;
  const beat = () => {
    send({ type: "heartbeat", running: running().slice(0, 1_000) });
    timer = setTimeout(beat, jitter(everyMs));
  };
  beat();
  return { stop: () => clearTimeout(timer) };
}
