import type { SessionState } from "./session.ts";

/** Over rows that are still shown, though nobody vouches for them any more. */
export const lostNote = (state: SessionState): string | undefined =>
  state.kind === "lost" ? "The engine doesn't answer; this is what was known last." : undefined;
