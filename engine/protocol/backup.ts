import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { RunwrightError } from "../core/errors.ts";

/*
 * What a backup says about itself. It travels between machines in files: nothing about it is believed before it was parsed here.
 */

/** The version of the format that this code writes and reads. */
export const BACKUP_VERSION = 1;
/** Bytes; a manifest has some hundreds. */
export const LONGEST_MANIFEST = 256 * 1024;

/** All that a backup may hold. A name is never used as a path: whoever restores has a place of his own for each. */
export const PART_NAMES = ["records", "engine.id", "config.yaml", "tls.key", "tls.crt"] as const;
export type PartName = (typeof PART_NAMES)[number];
/** The parts that are sealed with the master key: they may hold private keys and passwords. */
export const SEALED_PARTS: readonly PartName[] = ["config.yaml", "tls.key"];
/** Bytes of every part but the records. */
export const LONGEST_SMALL_PART = 1024 * 1024;

const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const BackupManifest = Type.Object(
  {
    /** ISO 8601, UTC. */
    createdAt: Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" }),
    engineVersion: Type.String({ minLength: 1, maxLength: 100, pattern: "^[0-9A-Za-z.+-]+$" }),
    database: Type.Object({ kind: Type.Union([Type.Literal("sqlite"), Type.Literal("postgres")]), schemaVersion: Count }, { additionalProperties: false }),
    /** What the master key is known by; says nothing about the key itself. */
    masterKey: Sha256,
    /** Rows by table. */
    counts: Type.Record(Type.String({ pattern: "^[a-zA-Z0-9_]{1,63}$" }), Count),
    /** In the order in which they follow. */
    parts: Type.Array(Type.Object({ name: Type.Enum(PART_NAMES), bytes: Count, sha256: Sha256 }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: PART_NAMES.length,
    }),
  },
  { additionalProperties: false },
);
export type BackupManifest = Static<typeof BackupManifest>;
export type BackupPart = BackupManifest["parts"][number];

const manifests = Compile(BackupManifest);

/** @throws BACKUP_DAMAGED when it is no manifest, or names a part twice */
export function parseManifest(bytes: Uint8Array): BackupManifest {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RunwrightError("BACKUP_DAMAGED", "the backup doesn't say what it holds: its manifest isn't JSON", { cause });
  }
  if (!manifests.Check(given)) {
    const [first] = manifests.Errors(given);
    throw new RunwrightError("BACKUP_DAMAGED", `the backup doesn't say what it holds: its manifest has a fault at ${first?.instancePath || "its top"}`);
  }
  const names = given.parts.map(({ name }) => name);
  const isTooLarge = given.parts.some(({ name, bytes: length }) => name !== "records" && length > LONGEST_SMALL_PART);
  if (new Set(names).size !== names.length || !names.includes("records") || isTooLarge)
    throw new RunwrightError("BACKUP_DAMAGED", "the backup's manifest contradicts itself: each part is there once, the records among them");
  return given;
}

/** The start of what a key is known by: enough for people to tell one from another. */
export const shortFingerprint = (check: string): string => check.slice(0, 16);
