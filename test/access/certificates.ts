import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface Issued {
  /** PEM. */
  certificate: string;
  /** PEM. */
  key: string;
  name: string;
  privateKey: CryptoKey;
}

/** A certificate that an issuer has signed, or itself. @param notAfter Unix milliseconds */
export async function issue(name: string, { issuer, notAfter = Date.UTC(2036, 0, 1) }: { issuer?: Issued; notAfter?: number } = {}): Promise<Issued> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: name,
      issuer: issuer?.name ?? name,
      notBefore: new Date(Date.UTC(2020, 0, 1)),
      notAfter: new Date(notAfter),
      publicKey: keys.publicKey,
      signingKey: issuer?.privateKey ?? keys.privateKey,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    },
    webcrypto as Crypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    certificate: `${certificate.toString("pem").trim()}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`,
    name,
    privateKey: keys.privateKey,
  };
}
