import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { RunwrightError } from "../core/errors.ts";
import { type Packing, packingOf } from "../core/packing.ts";

/** More text than that isn't read, bytes: what a small file unpacks to may have no end. */
const MAX_BYTES = 8 * 1024 ** 3;
const CHUNK_BYTES = 64 * 1024;

const UNPACK: Readonly<Partial<Record<Packing, typeof createGunzip | typeof createZstdDecompress>>> = { gzip: createGunzip, zstd: createZstdDecompress };
/** How to unpack what isn't unpacked here. */
const ADVICE: Readonly<Partial<Record<Packing, string>>> = {
  zip: "a zip archive: unpack it, as in `unzip -p all.zip | runwright update import --format osv -`",
  xz: "packed with xz: unpack it, as in `xz -dc FILE | runwright update import … -`",
  bzip2: "packed with bzip2: unpack it, as in `bzip2 -dc FILE | runwright update import … -`",
};

/**
 * The text of a file, in pieces; gzip and zstd are unpacked.
 * @throws BAD_REQUEST when it is packed otherwise, or damaged; TOO_LARGE
 */
export async function* feedText(path: string): AsyncIterable<string> {
  const packing = await packingOfFile(path);
  const unpack = packing && UNPACK[packing];
  if (packing && !unpack) throw new RunwrightError("BAD_REQUEST", `the file is ${ADVICE[packing] ?? `packed with ${packing}`}`);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const source = unpack ? pipeline(file, unpack(), () => {}) : file; // what fails shows where it is read
  const decoder = new TextDecoder("utf-8");
  let bytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new RunwrightError("TOO_LARGE", `the file holds more than ${MAX_BYTES / 1024 ** 3} GB of text`);
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (packing && isZlibError(error))
      throw new RunwrightError("BAD_REQUEST", `the file can't be unpacked: ${error.message}; fetch it again`, { cause: error });
    throw error;
  } finally {
    file.destroy();
  }
  yield decoder.decode();
}

async function packingOfFile(path: string): Promise<Packing | undefined> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return packingOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && /^(Z_|ZSTD_|ERR_ZSTD|ERR_STREAM_PREMATURE)/.test(String(error.code));
