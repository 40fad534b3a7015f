import { createHash } from "node:crypto";
import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { type BackupManifest, type BackupPart, LONGEST_MANIFEST, parseManifest } from "../protocol/backup.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";
import { type BackupKeys, PROOF_BYTES } from "./ports.ts";

/*
 * The body of a backup, packed with Zstandard: the manifest's length (4 bytes), the manifest, what proves that the engine with this master key wrote it (32 bytes),
 * then the parts in the manifest's order, each as long as the manifest says, and nothing else.
 */

/** Fast, and records are texts as a rule. */
const LEVEL = 3;
/** What unpacking may hold in memory: 8 MB, as the level needs it. */
const WINDOW_LOG = 23;

export interface BackupContent {
  manifest: BackupManifest;
  keys: Pick<BackupKeys, "prove">;
  /** The bytes of a part, as the manifest says. */
  open(part: BackupPart): AsyncIterable<Uint8Array>;
}

export const packed = (content: BackupContent): AsyncIterable<Uint8Array> =>
  through(plain(content), createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 } }));

async function* plain({ manifest, keys, open }: BackupContent): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  yield Buffer.concat([length, bytes, keys.prove(bytes)]);
  for (const part of manifest.parts) yield* open(part);
}

export interface BackupSink {
  /** Before anything else. What it throws ends the reading. @param isProven whether an engine with this master key wrote the manifest */
  begin(manifest: BackupManifest, isProven: (keys: BackupKeys) => boolean): Promise<void>;
  /** Takes all of a part's bytes. They aren't known to be right before `take` has returned and the next call comes. */
  take(part: BackupPart, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Reads a body to its end. @throws BACKUP_DAMAGED when a byte is missing, is another one, or is too many; what the sink throws */
export async function readBody(body: AsyncIterable<Uint8Array>, { begin, take }: BackupSink): Promise<BackupManifest> {
  const reader = createByteReader(unpacked(body));
  try {
    const { manifest, isProven } = await head(reader);
    await begin(manifest, isProven);
    for (const part of manifest.parts) {
      const measured = { bytes: 0, hash: createHash("sha256") };
      await take(part, measuring(reader.exactly(part.bytes), measured));
      if (measured.bytes !== part.bytes) throw new RunwrightError("BACKUP_DAMAGED", `the backup was cut short within "${part.name}"`);
      if (measured.hash.digest("hex") !== part.sha256)
        throw new RunwrightError("BACKUP_DAMAGED", `the backup was altered: "${part.name}" isn't what was backed up`);
    }
    if (!(await reader.isAtEnd())) throw new RunwrightError("BACKUP_DAMAGED", "the backup was altered: it goes on after its last part");
    return manifest;
  } finally {
    await reader.close();
  }
}

async function head(reader: ByteReader): Promise<{ manifest: BackupManifest; isProven(keys: BackupKeys): boolean }> {
  const length = await reader.upTo(4);
  const announced = length.length === 4 ? length.readUInt32BE() : 0;
  if (announced === 0 || announced > LONGEST_MANIFEST)
    throw new RunwrightError("BACKUP_DAMAGED", "the backup doesn't say what it holds: it was cut short or altered");
  const bytes = await reader.upTo(announced);
  const proof = await reader.upTo(PROOF_BYTES);
  if (proof.length < PROOF_BYTES) throw new RunwrightError("BACKUP_DAMAGED", "the backup was cut short within its manifest");
  return { manifest: parseManifest(bytes), isProven: (keys) => keys.isProof(bytes, proof) };
}

async function* measuring(pieces: AsyncIterable<Uint8Array>, measured: { bytes: number; hash: ReturnType<typeof createHash> }): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    measured.bytes += piece.length;
    measured.hash.update(piece);
    yield piece;
  }
}

async function* unpacked(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let given = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const piece of body) {
      given += piece.length;
      yield piece;
    }
  }
  const zstd = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } });
  try {
    yield* through(counted(), zstd);
  } catch (cause) {
    if (isRunwrightError(cause) || !isUnpacking(cause)) throw cause;
    throw new RunwrightError("BACKUP_DAMAGED", "the backup was cut short or altered: it can't be unpacked", { cause });
  }
  if (zstd.bytesWritten !== given) throw new RunwrightError("BACKUP_DAMAGED", "the backup was altered: it goes on after its end");
}

/** Zlib's own errors, as opposed to those of the file that is read. */
const isUnpacking = (error: unknown): boolean => error instanceof Error && "code" in error && /^(ZSTD|Z_|ERR_)/.test(String(error.code));

/** Whoever fails first ends both, and the one who reads is told. */
function through(source: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Buffer> {
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {}); // told to whoever reads the transform
  return transform;
}
