import type { Examination } from "../../store/examine.ts";
import { sizeOf } from "../backup-words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** A log that was never emptied: something reads for hours, or the disk is full. */
const LARGE_WAL = 512 * 1024 * 1024;
const CLOCKS_APART_MS = 2_000;

/** @param found null: there is no database yet */
export function checkDatabase(found: Examination | null): Finding[] {
  if (found === null) return [ok("database", "there is none yet: the engine makes it at its first start")];
  const { kind, schemaVersion, known, damage, bytes, walBytes, serverVersion } = found;
  if (damage)
    return [
      problem(
        "database",
        `it is damaged: ${damage}`,
        "stop the engine, keep a copy of the file, and restore the last backup: runwright restore FILE --replace",
      ),
    ];
  if (schemaVersion > known + 1)
    return [
      problem(
        "database",
        `it has schema version ${schemaVersion}, and this Runwright knows ${known}`,
        "start the newer version that has migrated it, or restore a backup from before",
      ),
    ];
  const size = bytes === null ? `PostgreSQL ${serverVersion}` : sizeOf(bytes);
  const findings = [
    schemaVersion < known && schemaVersion > 0
      ? warning(
          "database",
          `${size}, sound, schema version ${schemaVersion}: this Runwright will make it ${known}`,
          "make a backup before you start it: the version before can't be used afterwards",
        )
      : ok("database", `${size}, sound, schema version ${schemaVersion}`),
  ];
  if (kind === "sqlite" && (walBytes ?? 0) > LARGE_WAL)
    findings.push(
      warning(
        "database",
        `its write-ahead log has grown to ${sizeOf(walBytes ?? 0)}`,
        "look for a program that has had the file open for long; the engine empties the log when nothing reads it, and at its next start",
      ),
    );
  return findings;
}

/** Clocks that differ make leases, schedules and tokens end too early or too late. */
export function checkClock(found: Examination | null, engineAheadMs: number | null): Finding[] {
  const findings: Finding[] = [];
  const advice = "let a time service (chrony, systemd-timesyncd) keep the clocks of all machines";
  const ahead = found?.clockAheadMs ?? null;
  if (found?.kind === "postgres" && ahead !== null && Math.abs(ahead) > CLOCKS_APART_MS)
    findings.push(problem("clock", `the database's clock is ${seconds(ahead)} this machine's`, advice));
  if (found?.kind === "sqlite" && ahead !== null && ahead > CLOCKS_APART_MS)
    findings.push(
      problem("clock", `the newest entry of the activity log is ${seconds(ahead)} this machine's clock: it has been set back, or was ahead`, advice),
    );
  if (engineAheadMs !== null && Math.abs(engineAheadMs) > CLOCKS_APART_MS)
    findings.push(problem("clock", `the engine's clock is ${seconds(engineAheadMs)} this machine's`, advice));
  if (findings.length > 0) return findings;
  const compared = [
    found?.kind === "postgres" ? "the database's" : "",
    found?.kind === "sqlite" ? "what the database holds" : "",
    engineAheadMs === null ? "" : "the engine's",
  ].filter(Boolean);
  return [ok("clock", compared.length === 0 ? "there is nothing yet to compare it with" : `it agrees with ${compared.join(" and ")}`)];
}

const seconds = (ms: number): string => `${Math.abs(ms / 1_000).toFixed(1)} s ${ms > 0 ? "ahead of" : "behind"}`;
