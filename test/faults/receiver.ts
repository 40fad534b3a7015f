import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server that counts what reaches it, by path and idempotency key: where HTTP calls have their effect. */
export async function startReceiver() {
  const seen = new Map<string, string[]>();
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      const path = request.url ?? "";
      const keys = seen.get(path) ?? [];
      keys.push(String(request.headers["idempotency-key"] ?? ""));
      seen.set(path, keys);
      response.setHeader("content-type", "application/json").end(JSON.stringify({ times: keys.length }));
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Keys of the requests for a path, in the order in which they came. */
    keysOf: (path: string): readonly string[] => seen.get(path) ?? [],
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
