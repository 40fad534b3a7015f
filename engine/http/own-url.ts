import { hostname } from "node:os";

/** How a program on this machine reaches what listens on the host. */
export function localUrl({ scheme, host, port }: { scheme: "http" | "https"; host: string; port: number }): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/**
 * How another machine reaches the engine: as whoever asks did. From this machine itself that may be an address such as 127.0.0.1, which means something else
 * elsewhere: when the engine listens on every address, the machine's name takes its place.
 */
export function urlForOthers({ protocol, host }: { protocol: string; host: string }, listensOn: string): string {
  const url = new URL(`${protocol}://${host}`);
  if (isThisMachine(url) && (listensOn === "0.0.0.0" || listensOn === "::")) url.hostname = hostname();
  return url.origin;
}

const isThisMachine = (url: URL): boolean => ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"].includes(url.hostname);

/** Whether the address is the engine's own socket, seen from this machine: no proxy is in between. */
export function isDirect(address: string, localPort: number | undefined): boolean {
  const url = URL.parse(address);
  return url !== null && isThisMachine(url) && Number(url.port || (url.protocol === "https:" ? 443 : 80)) === localPort;
}
