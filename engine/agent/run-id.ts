import { randomBytes } from "node:crypto";

/** Names one run of an agent: by it the engine tells an agent that reconnects from a clone that has the same key. */
export const newRunId = (): string => `run_${randomBytes(12).toString("hex")}`;
