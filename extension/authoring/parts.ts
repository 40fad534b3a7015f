import type { EngineAccess } from "../model/authoring/engine-access.ts";
import type { KnownNames } from "../model/authoring/known-names.ts";
import type { Patience } from "../model/client/when-overloaded.ts";
import type { KnownTriggers } from "../model/triggers/known-triggers.ts";
import type { Workbench } from "../model/workspace/runner.ts";

/** What language features are given; each takes what it needs. */
export interface AuthoringParts {
  engine: EngineAccess;
  names: KnownNames;
  triggers: KnownTriggers;
  /** For an engine with much to do. */
  patience: Patience;
  /** What is installed in the workspace. */
  workbench: Pick<Workbench, "program" | "offlineRunner">;
  /** Calls the listener when there is another engine, or it is back; what comes back ends that. */
  changed(listener: () => void): () => void;
  /** Unix milliseconds. */
  now(): number;
}
