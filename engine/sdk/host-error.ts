import type { ErrorCode } from "../core/errors.ts";

/**
 * What a failed call throws, such as `machine.exec` on a machine that is offline. The codes are those of the documentation of errors.
 *
 *     await machine.exec(["uptime"]).catch((error: HostError) => {
 *       if (error.code !== "AGENT_OFFLINE") throw error;
 *     });
 */
export interface HostError extends Error {
  code: ErrorCode;
}
