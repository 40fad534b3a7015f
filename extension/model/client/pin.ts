import { createHash, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { RunwrightError } from "../../../engine/core/errors.ts";

/** SHA-256 of the SPKI of a certificate, base64url: what `runwright serve` and `runwright login` show. */
export const pinOf = (certificate: Buffer): string =>
  createHash("sha256")
    .update(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");

/**
 * Nothing is sent before this has told: whoever shows another key mustn't see the token.
 * A new socket, one that is kept alive and one of an editor's own agent, which hands it over connected and before the handshake, are at different points; whether a peer was looked at tells
 * which.
 */
export function whenPinned(socket: TLSSocket, pin: string, tell: (problem: RunwrightError | undefined) => void): void {
  const look = () => tell(pinProblem(socket, pin));
  if (socket.authorized || socket.authorizationError) look();
  else socket.once("secureConnect", look);
}

function pinProblem(socket: TLSSocket, pin: string): RunwrightError | undefined {
  const { raw } = socket.getPeerCertificate();
  if (raw && pinOf(raw) === pin) return undefined;
  return new RunwrightError(
    "ENGINE_UNREACHABLE",
    "the engine shows another key than the one that was trusted at sign-in; if it was set up anew, sign in again",
  );
}
