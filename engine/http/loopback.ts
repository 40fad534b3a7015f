import type { FastifyRequest } from "fastify";

/** Whether an address is this machine's own: 127.0.0.0/8, ::1, or the former written as IPv6. */
export const isLoopback = (address: string): boolean => address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);

/**
 * Whether a program of this machine has asked by itself. A proxy on this machine asks from here, too, for anyone: it is told by the host that strangers have asked for, or by what it says of them, which isn't believed for
 * anything else.
 */
export function isFromHere({ ip, headers }: Pick<FastifyRequest, "ip" | "headers">): boolean {
  const isForwarded = Object.keys(headers).some((name) => name === "forwarded" || name === "via" || name === "x-real-ip" || name.startsWith("x-forwarded-"));
  const host = URL.parse(`http://${headers.host ?? ""}`)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return isLoopback(ip) && !isForwarded && (host === "localhost" || isLoopback(host));
}
