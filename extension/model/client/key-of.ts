import { connect } from "node:tls";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { pinOf } from "./pin.ts";

const PATIENCE_MS = 10_000;

/**
 * The key that an HTTPS address shows, and whether an authority vouches for it. Nothing is sent.
 * @throws ENGINE_UNREACHABLE
 */
export function keyOf(url: URL): Promise<{ pin: string; isTrusted: boolean }> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const isAddress = /^[\d.]+$/.test(host) || host.includes(":");
    const socket = connect({ host, port: Number(url.port || 443), servername: isAddress ? "" : host, rejectUnauthorized: false, timeout: PATIENCE_MS });
    const fail = (why: string, cause?: unknown) => {
      socket.destroy();
      reject(
        new RunwrightError("ENGINE_UNREACHABLE", `the engine at ${url.origin} can't be reached (${why}): is it running, and is the address right?`, { cause }),
      );
    };
    socket.once("error", (error) => fail(error.message, error));
    socket.once("timeout", () => fail(`no answer within ${PATIENCE_MS / 1_000} s`));
    socket.once("secureConnect", () => {
      const { raw } = socket.getPeerCertificate();
      if (!raw) return fail("it shows no certificate");
      resolve({ pin: pinOf(raw), isTrusted: socket.authorized });
      socket.end();
    });
  });
}
