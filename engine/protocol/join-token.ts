import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { RunwrightError } from "../core/errors.ts";

const PREFIX = "rwj_";

/** What a join token carries: where the engine is, how to know it, and the right to join. */
export interface JoinToken {
  v: 1;
  /** Base URL of the engine, such as `https://engine.example:4680`. */
  url: string;
  /** The engine's Ed25519 identity key, pinned. */
  engineKey: string;
  /** SHA-256 of the SubjectPublicKeyInfo of the engine's TLS certificate, base64url; absent: the certificate authorities of the machine decide. */
  tlsPin?: string;
  /** Seed of an Ed25519 key. The engine keeps only a hash of its public key, and the seed itself never crosses the network. */
  secret: string;
}

const key = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
const schema = Compile(
  Type.Object({ v: Type.Literal(1), url: Type.String({ pattern: "^https?://", maxLength: 2_000 }), engineKey: key, tlsPin: Type.Optional(key), secret: key }),
);

export const formatJoinToken = (token: JoinToken): string => PREFIX + Buffer.from(JSON.stringify(token)).toString("base64url");

/** @throws JOIN_TOKEN_INVALID when the text isn't a whole join token */
export function parseJoinToken(text: string): JoinToken {
  const trimmed = text.trim();
  const invalid = (cause?: unknown) =>
    new RunwrightError("JOIN_TOKEN_INVALID", `this isn't a whole join token: it begins with "${PREFIX}" and comes from "runwright agent token create"`, {
      cause,
    });
  if (!trimmed.startsWith(PREFIX)) throw invalid();
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(trimmed.slice(PREFIX.length), "base64url").toString());
  } catch (cause) {
    throw invalid(cause);
  }
  if (!schema.Check(token) || !URL.canParse(token.url)) throw invalid();
  return token;
}
