import { createHash, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";

/** Key and certificate of the HTTPS server, PEM. */
export interface TlsIdentity {
  key: string;
  certificate: string;
  /** SHA-256 of the certificate's SubjectPublicKeyInfo, base64url: what join tokens and profiles pin. Absent when certificate authorities vouch for it. */
  pin?: string;
}

export type TlsSource = { kind: "own"; keyFile: string; certificateFile: string } | { kind: "selfSigned"; directory: string; names: readonly string[] };

const VALID_DAYS = 825;
const RENEW_DAYS = 30;

/** @throws CONFIG_INVALID when an own certificate can't be read or its key is another one's */
export function openTls(source: TlsSource, clock: Pick<Clock, "now">): Promise<TlsIdentity> {
  return source.kind === "own" ? readOwn(source) : openSelfSigned(source, clock);
}

async function readOwn({ keyFile, certificateFile }: { keyFile: string; certificateFile: string }): Promise<TlsIdentity> {
  try {
    const [key, certificate] = await Promise.all([readFile(keyFile, "utf8"), readFile(certificateFile, "utf8")]);
    new X509Certificate(certificate); // throws when it isn't one
    return { key, certificate };
  } catch (cause) {
    throw new RunwrightError(
      "CONFIG_INVALID",
      `the TLS certificate ${certificateFile} with key ${keyFile} can't be used: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

/** The key stays when the certificate is renewed, and with it the pin that agents and profiles hold. */
async function openSelfSigned({ directory, names }: { directory: string; names: readonly string[] }, clock: Pick<Clock, "now">): Promise<TlsIdentity> {
  const keyFile = join(directory, "tls.key");
  const certificateFile = join(directory, "tls.crt");
  const key = await readOrUndefined(keyFile);
  const known = key === undefined ? undefined : await readOrUndefined(certificateFile);
  if (key !== undefined && known !== undefined && isGoodFor(known, names, clock.now())) return { key, certificate: known, pin: pinOf(known) };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const made = await makeCertificate(key, names, clock.now());
  if (key === undefined) await writeWhole(keyFile, made.key);
  await writeWhole(certificateFile, made.certificate);
  return { ...made, pin: pinOf(made.certificate) };
}

export const pinOf = (certificate: string | Buffer): string =>
  createHash("sha256")
    .update(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");

function isGoodFor(certificate: string, names: readonly string[], now: number): boolean {
  const parsed = new X509Certificate(certificate);
  return (
    parsed.validToDate.getTime() - now > RENEW_DAYS * 86_400_000 &&
    names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined)
  );
}

async function makeCertificate(key: string | undefined, names: readonly string[], now: number): Promise<{ key: string; certificate: string }> {
  // Loaded only here: most engines serve plain HTTP on loopback or a certificate of their own.
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = key === undefined ? await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) : await importKeys(key, algorithm);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString("hex"),
    name: `CN=runwright ${hostname().replace(/[^A-Za-z0-9.-]/g, "-")}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + VALID_DAYS * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) ? ("ip" as const) : ("dns" as const), value: name }))),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    key: key ?? `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`,
    certificate: `${certificate.toString("pem")}\n`,
  };
}

async function importKeys(pem: string, algorithm: { name: string; namedCurve: string }) {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  const { d: _, key_ops: __, ...publicPart } = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await webcrypto.subtle.importKey("jwk", publicPart, algorithm, true, ["verify"]);
  return { privateKey, publicKey };
}

/** Names under which a self-signed certificate holds: this machine's, and loopback. */
export const ownNames = (host: string): string[] =>
  [...new Set(["localhost", "127.0.0.1", "::1", hostname(), host])].filter((name) => !["0.0.0.0", "::", ""].includes(name));

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, text, { mode: 0o600, flag: "wx" });
  await rename(draft, path);
}
