import { spawn } from "node:child_process";
import { RunwrightError } from "../../core/errors.ts";

/** PostgreSQL's own programs. They come with its client package, and must be at least as new as the server. */
export type PostgresTool = "pg_dump" | "pg_restore";

export interface ToolParts {
  /** Address of the database. */
  url: string;
  /** Where programs are looked for, as PATH. */
  programs: string;
  signal: AbortSignal;
}

const SAID_BYTES = 8_000;

/**
 * Runs one of PostgreSQL's programs against a database. The address with its password is passed on in the environment, so that process lists don't show it.
 * @throws TOOL_MISSING when it isn't on the PATH or is older than the server; what it said else
 */
export function runPostgresTool(tool: PostgresTool, args: readonly string[], { url, programs, signal }: ToolParts): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { PATH: programs, LC_ALL: "C", PGCONNECT_TIMEOUT: "10", ...connectionOf(url) };
    const child = spawn(tool, args, { env, stdio: ["ignore", "ignore", "pipe"], signal });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-SAID_BYTES);
    });
    child.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ENOENT") return reject(signal.aborted ? signal.reason : cause);
      reject(
        new RunwrightError("TOOL_MISSING", `${tool} isn't on the PATH; install PostgreSQL's client programs (postgresql-client), as new as the server`, {
          cause,
        }),
      );
    });
    child.once("close", (code) => (code === 0 ? resolve() : reject(failureOf(tool, said))));
  });
}

function failureOf(tool: PostgresTool, said: string): RunwrightError {
  const words = said.trim().split("\n").slice(0, 5).join("; ");
  if (/server version mismatch|unsupported version/.test(said))
    return new RunwrightError(
      "TOOL_MISSING",
      `${tool} is older than what it has to work with; install PostgreSQL's client programs of the server's version (${words})`,
    );
  if (/No space left on device/.test(said)) return new RunwrightError("DISK_FULL", `no space is left for the copy of the database: ${words}`);
  return new RunwrightError("DATABASE_UNAVAILABLE", `${tool} failed: ${words || "it said nothing"}`);
}

/** libpq's environment variables: https://www.postgresql.org/docs/18/libpq-envars.html */
export function connectionOf(address: string): Record<string, string> {
  const url = new URL(address);
  const given = {
    PGHOST: url.searchParams.get("host") ?? url.hostname.replace(/^\[|\]$/g, ""),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: url.searchParams.get("sslmode") ?? "",
    PGSSLROOTCERT: url.searchParams.get("sslrootcert") ?? "",
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}
