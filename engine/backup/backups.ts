import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { type BackupManifest, LONGEST_SMALL_PART, type PartName, SEALED_PARTS } from "../protocol/backup.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import { packed } from "./body.ts";
import type { BackupKeys } from "./ports.ts";

export interface BackupsParts {
  store: Pick<Store, "snapshot" | "describe">;
  clock: Clock;
  /** The data directory; null: there is none. */
  data: string | null;
  /** Where copies of the records lie while they are sent. */
  work: string;
  /** Where programs are looked for, as PATH. */
  programs: string;
  version: string;
  keys(): BackupKeys;
}

/** A backup that lies ready to be sent. */
export interface ReadyBackup {
  manifest: BackupManifest;
  /** Private, on the disk of the records themselves; goes with this. */
  folder: string;
  /** Read it once: the copy goes with its last byte. */
  body(): AsyncIterable<Uint8Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Files of the data directory besides the records that another machine needs; `engine.id` names one engine of several on PostgreSQL, so it stays. */
const SMALL_PARTS: Readonly<Record<BackupManifest["database"]["kind"], readonly PartName[]>> = {
  sqlite: ["engine.id", "config.yaml", "tls.key", "tls.crt"],
  postgres: ["config.yaml", "tls.key", "tls.crt"],
};

/** Makes backups of an engine that works on meanwhile, one at a time. */
export function createBackups({ store, clock, data, work, programs, version, keys }: BackupsParts) {
  let isBusy = false;

  async function smallParts(by: BackupKeys): Promise<Map<PartName, Uint8Array>> {
    const parts = new Map<PartName, Uint8Array>();
    for (const name of data === null ? [] : SMALL_PARTS[store.describe().kind]) {
      const bytes = await readOrUndefined(join(String(data), name));
      if (bytes === undefined) continue;
      const kept = SEALED_PARTS.includes(name) ? by.seal(bytes, name) : bytes;
      if (kept.length > LONGEST_SMALL_PART)
        throw new RunwrightError("TOO_LARGE", `${name} in the data directory is larger than a backup takes: ${LONGEST_SMALL_PART} bytes`);
      parts.set(name, kept);
    }
    return parts;
  }

  return {
    /**
     * Copies all records as of one moment, and checks the copy.
     * @throws CONFLICT when another backup is being made here; DISK_FULL, TOOL_MISSING, DATABASE_*; whatever the signal was given
     */
    async make(signal: AbortSignal): Promise<ReadyBackup> {
      if (isBusy) throw new RunwrightError("CONFLICT", "a backup is being made already; wait until that has ended");
      isBusy = true;
      const folder = join(work, randomBytes(8).toString("hex"));
      let isDisposed = false;
      const dispose = async () => {
        if (isDisposed) return; // the next one may be at work already
        isDisposed = true;
        try {
          await rm(folder, { recursive: true, force: true, maxRetries: 3 });
        } finally {
          isBusy = false;
        }
      };
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const records = join(folder, "records");
        const by = keys();
        const small = await smallParts(by);
        const createdAt = clock.now();
        const snapshot = await store.snapshot({ to: records, programs, signal });
        if (snapshot.masterKeyCheck !== by.fingerprint) throw new RunwrightError("CONFLICT", "the master key was changed while the backup was made; try again");
        const manifest = manifestOf(snapshot, small, { createdAt, version, kind: store.describe().kind });
        const open = ({ name }: { name: PartName }) => (name === "records" ? createReadStream(records, { highWaterMark: 256 * 1024 }) : once(small.get(name)));
        async function* body(): AsyncIterable<Uint8Array> {
          yield* packed({ manifest, keys: by, open });
          await rm(records, { force: true });
        }
        return { manifest, folder, body, [Symbol.asyncDispose]: dispose };
      } catch (error) {
        await dispose();
        throw error;
      }
    },
    /** Removes what a crash has left. */
    clean: () => rm(work, { recursive: true, force: true }),
  };
}
export type Backups = ReturnType<typeof createBackups>;

function manifestOf(
  snapshot: Snapshot,
  small: ReadonlyMap<PartName, Uint8Array>,
  { createdAt, version, kind }: { createdAt: number; version: string; kind: "sqlite" | "postgres" },
): BackupManifest {
  const { schemaVersion, counts, masterKeyCheck, bytes, sha256 } = snapshot;
  return {
    createdAt: new Date(createdAt).toISOString(),
    engineVersion: version,
    database: { kind, schemaVersion },
    masterKey: masterKeyCheck ?? "",
    counts: { ...counts },
    parts: [
      { name: "records", bytes, sha256 },
      ...[...small].map(([name, content]) => ({ name, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") })),
    ],
  };
}

async function* once(bytes: Uint8Array = new Uint8Array()): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function readOrUndefined(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
