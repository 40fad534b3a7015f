import type { EngineAddress } from "./address.ts";

/** The events socket of an engine. */
export interface EventSocket {
  send(text: string): void;
  /** At once. No word follows, not even `onClose`. */
  drop(): void;
}
export interface EventSocketListener {
  onOpen(): void;
  onText(text: string): void;
  /** Nothing follows. */
  onClose(): void;
}
export type OpenEventSocket = (address: EngineAddress, token: string, listener: EventSocketListener) => EventSocket;

/** The library is loaded with the first socket, not with the extension: a window in which nobody looks at a job never needs it. */
export const openEventSocket: OpenEventSocket = (address, token, listener) => {
  let socket: EventSocket | undefined;
  let isDropped = false;
  const open = ({ openWebSocket }: typeof import("./web-socket.ts")) => {
    if (!isDropped) socket = openWebSocket(address, token, listener);
  };
  import("./web-socket.ts").then(open).catch(() => isDropped || listener.onClose());
  return {
    send: (text) => socket?.send(text),
    drop() {
      isDropped = true;
      socket?.drop();
    },
  };
};
