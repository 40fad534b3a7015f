import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from "node:crypto";

/** RFC 8410: what precedes the 32 bytes of an Ed25519 seed in PKCS #8, DER. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const RAW_KEY = /^[A-Za-z0-9_-]{43}$/;

/** An Ed25519 key pair that signs. Keys and signatures are base64url without padding: 43 characters a key, 86 a signature. */
export interface Identity {
  publicKey: string;
  sign(statement: string): string;
}

/** The secret half of a new identity: 32 random bytes, base64url. */
export const newSeed = (): string => randomBytes(32).toString("base64url");

/** @param seed as `newSeed` makes it. @throws TypeError when it isn't 32 bytes of base64url */
export function openIdentity(seed: string): Identity {
  if (!RAW_KEY.test(seed)) throw new TypeError("an Ed25519 seed is 32 bytes, base64url");
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, Buffer.from(seed, "base64url")]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (x === undefined) throw new TypeError("the seed gives no Ed25519 key");
  return { publicKey: x, sign: (statement) => sign(null, Buffer.from(statement), key).toString("base64url") };
}

/** Whether `signature` is that of `publicKey` over `statement`; false, too, for what isn't a key or a signature at all. */
export function isSignedBy(publicKey: string, statement: string, signature: string): boolean {
  if (!RAW_KEY.test(publicKey)) return false;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  } catch {
    return false; // 32 bytes that are no point of the curve: a wrong key like any other
  }
  return verify(null, Buffer.from(statement), key, Buffer.from(signature, "base64url"));
}

/**
 * What each side signs in the handshake. Every statement begins with its own purpose, so that no signature serves for another one, and names both nonces
 * and the engine's key, so that none can be relayed to another engine or replayed on another connection.
 */
export interface HandshakeNonces {
  /** Chosen by the engine for this connection. */
  engineNonce: string;
  /** Chosen by the agent for this connection; it travels in the upgrade request. */
  agentNonce: string;
  engineKey: string;
}

const statement = (purpose: string, nonces: HandshakeNonces, ...more: string[]): string =>
  [`runwright agent protocol: ${purpose}`, nonces.agentNonce, nonces.engineNonce, nonces.engineKey, ...more].join("\n");

export const challengeStatement = (nonces: HandshakeNonces): string => statement("the engine answers", nonces);
export const helloStatement = (nonces: HandshakeNonces, machineId: string, runId: string): string => statement("a machine connects", nonces, machineId, runId);
/** Signed with the key that the machine had until now. */
export const leaveStatement = (nonces: HandshakeNonces, machineId: string, runId: string): string =>
  statement("a machine gives its key up", nonces, machineId, runId);
/** Signed twice: with the key of the join token, which shows the right to join, and with the machine's new key, which shows that it has it. */
export const joinStatement = (nonces: HandshakeNonces, publicKey: string, runId: string): string => statement("a machine joins", nonces, publicKey, runId);
