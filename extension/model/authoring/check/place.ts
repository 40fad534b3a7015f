import type { Program } from "../../workspace/program.ts";
import type { EngineAccess } from "../engine-access.ts";
import type { Place } from "./findings.ts";

export interface PlaceParts {
  /** Whether the person trusts the workspace: nothing of it is run, and nothing of it is sent, before. */
  isTrusted: boolean;
  /** The `runwright` that is installed for a folder: the same that publishes from there. */
  program(folder: string): Promise<Program | undefined>;
  engine: EngineAccess;
}

/** Where a runbook is checked: in the workspace's own `runwright`, else on the engine. */
export async function placeFor(folder: string, { isTrusted, program, engine }: PlaceParts): Promise<Place> {
  if (!isTrusted) return { kind: "nowhere", why: "untrusted" };
  const own = await program(folder);
  if (own) return { kind: "workspace", program: own };
  return (await engine.client()) ? { kind: "engine", address: engine.address() ?? "" } : { kind: "nowhere", why: "signedOut" };
}
