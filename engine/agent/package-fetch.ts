import { RunwrightError } from "../core/errors.ts";
import { type AgentFrame, type EngineFrames, PACKAGE_PART_BYTES } from "../protocol/agent.ts";

/** For all of it, however often the connection breaks. */
const WITHIN_MS = 10 * 60_000;

/**
 * Fetches a package of the agent from its engine, piece by piece over the connection that both have proven to each other. After a reconnect the piece that is
 * missing is asked for again.
 */
export function createPackageFetch() {
  let send: ((frame: AgentFrame) => void) | undefined;
  let wanted: { hash: string; offset: number; take(data: string | null): void } | undefined;
  const ask = () => {
    if (wanted) send?.({ type: "fetchPackage", hash: wanted.hash, offset: wanted.offset });
  };

  const part = (hash: string, offset: number, signal: AbortSignal): Promise<string | null> =>
    new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      wanted = {
        ...{ hash, offset },
        take(data) {
          signal.removeEventListener("abort", abort);
          resolve(data);
        },
      };
      ask();
    });

  return {
    attach(to: (frame: AgentFrame) => void): void {
      send = to;
      ask();
    },
    detach(): void {
      send = undefined;
    },
    receive({ hash, offset, data }: EngineFrames["packagePart"]): void {
      if (wanted?.hash === hash && wanted.offset === offset) wanted.take(data);
    },
    /**
     * One at a time. @returns exactly `bytes` bytes, of which nothing else is known yet
     * @throws AGENT_UPDATE_FAILED when the engine has none, or sends more or less than it has said; CONFLICT
     */
    async fetch({ hash, bytes }: { hash: string; bytes: number }, signal: AbortSignal): Promise<Buffer> {
      if (wanted) throw new RunwrightError("CONFLICT", "another package is being fetched");
      const late = AbortSignal.timeout(WITHIN_MS);
      const pieces: Buffer[] = [];
      let size = 0;
      try {
        while (size < bytes) {
          const data = await part(hash, size, AbortSignal.any([signal, late]));
          if (data === null)
            throw new RunwrightError("AGENT_UPDATE_FAILED", "this engine has no such package of the agent: another release of it has sent the command");
          const piece = Buffer.from(data, "base64");
          size += piece.length;
          if (piece.length === 0 || piece.length > PACKAGE_PART_BYTES || size > bytes)
            throw new RunwrightError("AGENT_UPDATE_FAILED", `the engine sent a package of another size than ${bytes} bytes`);
          pieces.push(piece);
        }
        return Buffer.concat(pieces);
      } catch (error) {
        if (late.aborted && error === late.reason)
          throw new RunwrightError("AGENT_UPDATE_FAILED", `the package didn't arrive within ${WITHIN_MS / 60_000} minutes`, { cause: error });
        if (signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", "it was cancelled while the package was fetched", { cause: error });
        throw error;
      } finally {
        wanted = undefined;
      }
    },
  };
}
export type PackageFetch = ReturnType<typeof createPackageFetch>;
