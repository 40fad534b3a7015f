import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";

/** What the store keeps of a certificate. */
export interface StoredCertificate {
  /** PEM: the certificate, then those that issued it, in order. Nothing else. */
  certificate: string;
  /** PEM; null: none was given. */
  key: string | null;
}

export interface ReadCertificate extends StoredCertificate {
  /** Such as `CN=www.example.com, O=Example`. */
  subject: string;
  /** Unix milliseconds. */
  notAfter: number;
}

const MOST_CERTIFICATES = 20;

/**
 * Reads a certificate with its chain and key. A text that holds both gives both: no part of a key is taken for a part of a certificate.
 * @throws BAD_REQUEST when they aren't PEM, don't belong together, or the chain isn't in order
 */
export function readCertificate(given: { certificate: string; key?: string | null | undefined }): ReadCertificate {
  const blocks = blocksOf(given.certificate, "CERTIFICATE");
  if (blocks.length === 0) throw wrong("no certificate was found; give PEM: -----BEGIN CERTIFICATE----- …");
  if (blocks.length > MOST_CERTIFICATES) throw wrong(`there are ${blocks.length} certificates; at most ${MOST_CERTIFICATES} belong to one chain`);
  const chain = blocks.map(parse);
  const [leaf] = chain as [X509Certificate];
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[i + 1];
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      throw wrong(`the chain isn't in order: certificate ${i + 1} wasn't issued by the one after it; put the certificate first, then its issuer, and so on`);
  }
  const key = keyOf(given);
  if (key !== null && !leaf.checkPrivateKey(key.object))
    throw wrong("the private key doesn't belong to the certificate; give the one that it was requested with");
  const facts = factsOf(leaf);
  if (Number.isNaN(facts.notAfter)) throw wrong("the certificate has no date of expiry that can be read");
  return { certificate: `${blocks.join("\n")}\n`, key: key?.text ?? null, ...facts };
}

/** Of what was stored. */
export const certificateFacts = ({ certificate }: StoredCertificate): Pick<ReadCertificate, "subject" | "notAfter"> =>
  factsOf(new X509Certificate(certificate));

const factsOf = (leaf: X509Certificate) => ({ subject: (leaf.subject ?? "").trim().replaceAll("\n", ", "), notAfter: leaf.validToDate.getTime() });

function keyOf({ certificate, key }: { certificate: string; key?: string | null | undefined }): { object: KeyObject; text: string } | null {
  const text = key || certificate;
  const found = KEY_LABELS.flatMap((label) => blocksOf(text, label));
  if (found.length === 0 && !key && !certificate.includes("PRIVATE KEY")) return null;
  const [pem] = found;
  if (pem === undefined || found.length > 1) throw wrong("give one private key as PEM that isn't encrypted; `openssl pkey -in KEY` removes its passphrase");
  try {
    return { object: createPrivateKey(pem), text: `${pem}\n` };
  } catch {
    throw wrong("the private key can't be read; give it as PEM, not encrypted"); // what OpenSSL says of it may show a part of it
  }
}

const KEY_LABELS = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/** PEM blocks with this label, in time that grows with the text alone. */
function blocksOf(text: string, label: string): string[] {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const blocks: string[] = [];
  for (let from = text.indexOf(begin); from >= 0; ) {
    const to = text.indexOf(end, from);
    if (to < 0) break;
    blocks.push(text.slice(from, to + end.length).replaceAll("\r", ""));
    from = text.indexOf(begin, to);
  }
  return blocks;
}

function parse(pem: string, i: number): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw wrong(`certificate ${i + 1} can't be read; it must be PEM of an X.509 certificate`, cause);
  }
}

const wrong = (message: string, cause?: unknown) => new RunwrightError("BAD_REQUEST", message, { cause });
