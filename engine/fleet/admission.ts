import { randomInt } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FleetSettings } from "./ports.ts";

/**
 * Lets a limited number of agents shake hands at a time: a herd that comes back together is told to come again, spread over half a minute, and costs the engine
 * no signature and no transaction. One address can't take all the places.
 */
export function createAdmission({ handshakes, handshakesPerAddress }: Pick<FleetSettings, "handshakes" | "handshakesPerAddress">) {
  let taken = 0;
  const byAddress = new Map<string, number>();
  return {
    /** @returns what gives the place back, or undefined when there is none; it may be called twice */
    enter(address: string): (() => void) | undefined {
      const ofAddress = byAddress.get(address) ?? 0;
      if (taken >= handshakes || ofAddress >= handshakesPerAddress) return undefined;
      taken++;
      byAddress.set(address, ofAddress + 1);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        taken--;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}

/** Answers an upgrade request with an error, as no WebSocket exists yet. */
export function rejectUpgrade(socket: Duplex, status: 400 | 429 | 503): void {
  const retry = status === 429 || status === 503 ? [`Retry-After: ${5 + randomInt(26)}`] : [];
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "Connection: close", "Content-Length: 0", ...retry];
  socket.on("error", () => {}); // the other side may be gone already
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n`);
}
