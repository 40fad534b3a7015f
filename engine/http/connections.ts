import type { Server } from "node:net";
import type { Duplex } from "node:stream";

/**
 * The connections of a server. Once it closes, it waits for each of them and has no hold on them any more: those that were upgraded aren't its own, and the time limits of
 * requests that haven't come whole are off.
 */
export function watchConnections() {
  const open = new Set<Duplex>();
  return {
    watch(server: Server): void {
      server.on("connection", (socket: Duplex) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
      });
    },
    /** Ends all that are still there, without a word. @returns how many */
    cutOff(): number {
      const { size } = open;
      for (const socket of open) socket.destroy();
      return size;
    },
  };
}
