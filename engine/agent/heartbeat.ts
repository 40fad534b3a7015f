import { jitter } from "./backoff.ts";
import type { Session } from "./handshake.ts";

/** Says at once, and then every `everyMs` or so, that the agent lives and which commands run; and asks whether the engine still lives. */
export function startHeartbeat({ send, check }: Pick<Session, "send" | "check">, running: () => string[], everyMs: number): { stop(): void } {
  let timer: NodeJS.Timeout;
  const beat = () => {
    send({ type: "heartbeat", running: running().slice(0, 1_000) });
    check();
    timer = setTimeout(beat, jitter(everyMs));
  };
  beat();
  return { stop: () => clearTimeout(timer) };
}
