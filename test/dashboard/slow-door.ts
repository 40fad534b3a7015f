import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** Stands in front of an engine, and lets what is said to it through late. */
export interface SlowDoor {
  url: string;
  /** Milliseconds by which each piece of a request is late from now on. */
  late(ms: number): void;
  stop(): Promise<void>;
}

export async function slowDoor(port: number): Promise<SlowDoor> {
  let ms = 0;
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}); // either side may go away at any time
      socket.once("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    near.on("data", (chunk: Buffer) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        far.write(chunk);
      }, ms);
      timers.add(timer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    late(now) {
      ms = now;
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
