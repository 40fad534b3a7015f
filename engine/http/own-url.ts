import { hostname } from "node:os";
import { RunwrightError } from "../core/errors.ts";

/** How a program on this machine reaches what listens on the host. */
export function localUrl({ scheme, host, port }: { scheme: "http" | "https"; host: string; port: number }): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** How whoever asks has reached the engine. undefined: what they say of that is no address. */
export function ownOrigin({ protocol, host }: { protocol: string; host: string }): URL | undefined {
  // Only plain names, so that nothing in a header becomes another part of the address.
  if (!/^https?$/.test(protocol) || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  return URL.parse(`${protocol}://${host}`) ?? undefined;
}

/**
 * How another machine reaches the engine: as whoever asks did. From this machine itself that may be an address such as 127.0.0.1, which means something else
 * elsewhere: when the engine listens on every address, the machine's name takes its place.
 * @throws BAD_REQUEST
 */
export function urlForOthers(asked: { protocol: string; host: string }, listensOn: string): string {
  const url = ownOrigin(asked);
  if (!url) throw new RunwrightError("BAD_REQUEST", "the header Host doesn't say how the engine was reached");
  if (isThisMachine(url) && (listensOn === "0.0.0.0" || listensOn === "::")) url.hostname = hostname();
  return url.origin;
}

const isThisMachine = (url: URL): boolean => ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"].includes(url.hostname);

/** Whether the address is the engine's own socket, seen from this machine: no proxy is in between. */
export function isDirect(address: string, localPort: number | undefined): boolean {
  const url = URL.parse(address);
  return url !== null && isThisMachine(url) && Number(url.port || (url.protocol === "https:" ? 443 : 80)) === localPort;
}
