import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { Clock } from "../core/clock.ts";
import { CLOSE, type EngineFrame } from "../protocol/agent.ts";

/** Data that may wait to be sent to one agent, bytes; one that reads slower than that is disconnected. */
const MAX_BUFFERED = 32 * 1024 * 1024;

/** The connection of one machine. */
export interface Connection {
  machineId: string;
  name: string;
  /** Of the agent's process: the same after a reconnect, another one on a clone. */
  runId: string;
  address: string;
  /** @returns false when it is gone */
  send(frame: EngineFrame): boolean;
  /** Says why, then closes. */
  refuse(closeCode: number, code: string, message: string, retryAfterMs?: number): void;
  /** Whether the other side answers a ping within the time. */
  answers(withinMs: number): Promise<boolean>;
  terminate(): void;
  /** By the monotonic clock, milliseconds. */
  lastHeard: number;
}

export function openConnection(socket: WebSocket, who: Pick<Connection, "machineId" | "name" | "runId" | "address">, clock: Clock): Connection {
  const connection: Connection = {
    ...who,
    lastHeard: clock.monotonic(),
    send(frame) {
      if (socket.readyState !== socket.OPEN) return false;
      if (socket.bufferedAmount > MAX_BUFFERED) {
        socket.terminate();
        return false;
      }
      socket.send(JSON.stringify(frame), ignoreLoss);
      return true;
    },
    refuse: (closeCode, code, message, retryAfterMs) => refuse(socket, closeCode, code, message, retryAfterMs),
    answers: (withinMs) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve(false);
        const payload = randomUUID();
        const end = (answered: boolean) => {
          clearTimeout(timer);
          socket.off("pong", onPong);
          socket.off("close", onClose);
          resolve(answered);
        };
        const onPong = (data: Buffer) => data.toString() === payload && end(true);
        const onClose = () => end(false);
        const timer = setTimeout(end, withinMs, false);
        socket.on("pong", onPong);
        socket.on("close", onClose);
        socket.ping(payload);
      }),
    terminate: () => socket.terminate(),
  };
  return connection;
}

/** Says why in a frame of its own, as a close reason holds no more than 123 bytes; a peer that doesn't close is cut off. */
export function refuse(socket: WebSocket, closeCode: number, code: string, message: string, retryAfterMs?: number): void {
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify({ type: "refuse", code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } satisfies EngineFrame), ignoreLoss);
  }
  close(socket, closeCode, message);
}

export function close(socket: WebSocket, closeCode: number, reason: string): void {
  // Cut within the limit of RFC 6455, 5.5, never inside a character.
  const bytes = Buffer.from(reason).subarray(0, 120);
  socket.close(closeCode, bytes.toString().replace(/\uFFFD+$/, ""));
  const timer = setTimeout(() => socket.terminate(), 2_000);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

/** A frame that a dying connection lost is sent again after the next hello, if it matters. */
const ignoreLoss = () => {};

/** The connections that this engine holds, one a machine. */
export function createConnections() {
  const live = new Map<string, Connection>();
  return {
    get: (machineId: string): Connection | undefined => live.get(machineId),
    all: (): Connection[] => [...live.values()],
    count: (): number => live.size,
    /** The newest takes the place of the one before, which is closed. */
    add(connection: Connection): void {
      const before = live.get(connection.machineId);
      live.set(connection.machineId, connection);
      before?.refuse(CLOSE.replaced, "CONFLICT", "the same agent has connected again");
    },
    /** Its agent shows the name on the machine. One that is connected elsewhere hears it when it connects anew. */
    rename(machineId: string, name: string): void {
      const connection = live.get(machineId);
      if (!connection) return;
      connection.name = name;
      connection.send({ type: "renamed", name });
    },
    /** @returns false when another one has taken its place already */
    remove(connection: Connection): boolean {
      if (live.get(connection.machineId) !== connection) return false;
      return live.delete(connection.machineId);
    },
  };
}
export type Connections = ReturnType<typeof createConnections>;
