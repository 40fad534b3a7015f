import type { LiveSocket } from "./model/live.ts";
import type { History } from "./model/location.ts";

/** The browser's own parts, as the model asks for them. */

export function openSocket(): LiveSocket {
  const address = new URL("/api/v1/events", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const web = new WebSocket(address, "runwright.events");
  const socket: LiveSocket = { onopen: null, onmessage: null, onclose: null, send: (text) => web.send(text), close: () => web.close() };
  web.onopen = () => socket.onopen?.();
  web.onmessage = ({ data }) => socket.onmessage?.(String(data));
  web.onclose = ({ code }) => socket.onclose?.(code);
  return socket;
}

export const browserHistory: History = {
  get address() {
    return window.location.pathname + window.location.search;
  },
  push: (address) => window.history.pushState(null, "", address),
  replace: (address) => window.history.replaceState(null, "", address),
  onPop: (run) => window.addEventListener("popstate", run),
};

/** Other tabs of this browser learn who signed in or out. @returns what tells them */
export function betweenTabs(onSaid: () => void): () => void {
  const channel = new BroadcastChannel("runwright-session");
  channel.onmessage = onSaid;
  return () => channel.postMessage("changed");
}

/** Hands a text to the reader as a file. */
export function saveFile({ name, type, text }: { name: string; type: string; text: string }): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // some browsers read it only after this
}
