import { connect, createServer, type Socket } from "node:net";

export interface Network extends AsyncDisposable {
  /** The address given, by way of this network. */
  url: string;
  /** From now on nothing passes, and nobody is told: as when a machine is gone, or a cable. */
  freeze(): void;
  thaw(): void;
}

/** A network between a client and the server of a URL. */
export async function networkTo(url: string): Promise<Network> {
  const target = new URL(url);
  const pairs = new Set<[Socket, Socket]>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    const link = (from: Socket, to: Socket) => {
      from.on("data", (data) => to.write(data));
      from.on("error", () => {}); // "close" follows
      from.on("close", () => {
        to.destroy();
        pairs.delete(pair);
      });
      if (isFrozen) from.pause();
    };
    link(near, far);
    link(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const own = new URL(url);
  own.port = String(typeof address === "object" && address ? address.port : 0);
  const all = () => [...pairs].flat();
  return {
    url: own.href,
    freeze() {
      isFrozen = true;
      for (const socket of all()) socket.pause();
    },
    thaw() {
      isFrozen = false;
      for (const socket of all()) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of all()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
