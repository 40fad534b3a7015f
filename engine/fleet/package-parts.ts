import { type AgentFrames, type EngineFrames, PACKAGE_PART_BYTES } from "../protocol/agent.ts";
import type { AgentPackage, Log } from "./ports.ts";

/** Answers agents that fetch the engine's package, piece by piece: each asks for the next one when it has the last, so that a slow one costs nothing. */
export function createPackageParts({ agentPackage, log }: { agentPackage: (() => Promise<AgentPackage>) | undefined; log: Log }) {
  return async ({ hash, offset }: AgentFrames["fetchPackage"]): Promise<EngineFrames["packagePart"]> => {
    const found = await agentPackage?.().catch((error) => {
      log.error({ err: error }, "the package of the agent can't be made");
      return undefined;
    });
    if (found?.hash !== hash) return { type: "packagePart", hash, offset, data: null };
    return { type: "packagePart", hash, offset, data: Buffer.from(found.code.subarray(offset, offset + PACKAGE_PART_BYTES)).toString("base64") };
  };
}
