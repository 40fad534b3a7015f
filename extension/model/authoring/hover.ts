import type { KnownTriggers } from "../triggers/known-triggers.ts";
import type { EngineAccess } from "./engine-access.ts";

/** What is shown of a stretch of text. */
export interface Hover {
  /** Offsets. */
  start: number;
  end: number;
  markdown: string;
}

export interface HoverParts {
  engine: EngineAccess;
  /** Unix milliseconds. */
  now: number;
  signal?: AbortSignal;
  /** Of the file. */
  path?: string;
  triggers?: Pick<KnownTriggers, "current">;
}
