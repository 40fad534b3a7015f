import type { IncomingMessage } from "node:http";

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_MS = 10_000;

/**
 * Reads on and throws away what a client is still sending, within limits. Without this an early refusal is lost: the connection is reset before the client,
 * who is busy writing, has read the answer.
 */
export function drain(request: IncomingMessage): Promise<void> {
  const announced = Number(request.headers["content-length"] ?? Number.NaN);
  const hasBody = announced > 0 || request.headers["transfer-encoding"] !== undefined;
  if (!hasBody || request.complete || request.readableEnded || request.destroyed || announced > MOST_BYTES) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(finish, MOST_MS);
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) finish();
    };
    function finish(): void {
      clearTimeout(timer);
      request.off("data", count).off("end", finish).off("close", finish).off("error", finish);
      resolve();
    }
    request.on("data", count).on("end", finish).on("close", finish).on("error", finish);
    request.resume();
  });
}
