import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Below that compressing costs more than it saves. */
const FROM_BYTES = 2_048;
/** Far above the largest outcome that is ever packed: what unpacks to more is damaged, or wants to fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The fastest: outcomes are packed while the job waits for them. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** First byte of every zstd frame (RFC 8878, 3.1.1). No JSON text begins with it. */
const ZSTD = 0x28;

/** A JSON text as it is kept: compressed when that makes it smaller. */
export function pack(json: string): Uint8Array {
  const plain = Buffer.from(json, "utf8");
  if (plain.length < FROM_BYTES) return plain;
  const packed = zstdCompressSync(plain, OPTIONS);
  return packed.length < plain.length ? packed : plain;
}

/** @throws when it isn't what `pack` made, or would be larger than it ever packs */
export function unpack(bytes: Uint8Array): string {
  const plain = bytes[0] === ZSTD ? zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES }) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return plain.toString("utf8");
}
