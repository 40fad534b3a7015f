/** How a plain HMAC travels: `X-Signature: sha256=<hex>` is `{ header: "X-Signature", prefix: "sha256=" }`. */
export interface HmacFormat {
  header: string;
  /** `sha256` by default. */
  algorithm?: HmacAlgorithm;
  /** `hex` by default. */
  encoding?: SignatureEncoding;
  /** What stands before the signature in the header; nothing by default. */
  prefix?: string;
}

/** SHA-1 is for senders that know nothing else: its collisions don't break an HMAC. */
export const HMAC_ALGORITHMS = ["sha1", "sha256", "sha384", "sha512"] as const;
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number];

export const SIGNATURE_ENCODINGS = ["hex", "base64", "base64url"] as const;
export type SignatureEncoding = (typeof SIGNATURE_ENCODINGS)[number];

/** @throws TypeError saying what is wrong with the format */
export function checkedHmac(format: HmacFormat | undefined): Required<HmacFormat> {
  if (format === undefined)
    throw new TypeError("the scheme hmac needs { hmac: { header } }, and its algorithm, encoding and prefix if they aren't sha256, hex and nothing");
  const { header, algorithm = "sha256", encoding = "hex", prefix = "" } = format;
  if (!/^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(header)) throw new TypeError(`"${header}" is no name of a header`);
  if (!HMAC_ALGORITHMS.includes(algorithm)) throw new TypeError(`the algorithm is one of ${HMAC_ALGORITHMS.join(", ")}`);
  if (!SIGNATURE_ENCODINGS.includes(encoding)) throw new TypeError(`the encoding is one of ${SIGNATURE_ENCODINGS.join(", ")}`);
  return { header, algorithm, encoding, prefix };
}

export const encodeSignature = (signature: Buffer, encoding: SignatureEncoding): string => signature.toString(encoding);

/** Undefined for what isn't exactly the encoding; Node's own decoder skips what it doesn't know, so that many texts would be one signature. */
export function decodeSignature(text: string, encoding: SignatureEncoding): Buffer | undefined {
  if (text === "") return undefined;
  const bytes = Buffer.from(text, encoding);
  const given = encoding === "hex" ? text.toLowerCase() : encoding === "base64url" ? text.replace(/={1,2}$/, "") : text;
  return bytes.toString(encoding) === given ? bytes : undefined;
}
