/** What a copy of all records holds. The same for the same records, whichever database they lie in. */
export interface RecordsSummary {
  schemaVersion: number;
  /** Rows by table. */
  counts: Readonly<Record<string, number>>;
  /** What the store knows its master key by; null before its first start has ended. */
  masterKeyCheck: string | null;
}

/** All records as of one moment, in a file. */
export interface Snapshot extends RecordsSummary {
  bytes: number;
  /** Of the file, hex. */
  sha256: string;
}

export interface SnapshotRequest {
  /** A file that isn't there yet. */
  to: string;
  /** Where programs are looked for, as PATH: PostgreSQL is copied by its own. */
  programs: string;
  signal: AbortSignal;
}

/** The first table whose rows differ in number, in words; undefined when there is none. */
export function differenceOf(expected: RecordsSummary["counts"], found: RecordsSummary["counts"]): string | undefined {
  for (const table of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    if (expected[table] !== found[table]) return `${table} has ${found[table] ?? "no"} rows where ${expected[table] ?? "none"} were backed up`;
  }
  return undefined;
}
