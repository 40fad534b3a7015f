import type { Command } from "commander";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { type Client, createClient } from "./client.ts";
import { findConnection, type Surroundings } from "./connection.ts";
import { clean, type Terminal } from "./terminal.ts";

/** What every command is given. */
export interface Context extends Surroundings {
  terminal: Terminal;
  /** Fires on Ctrl-C and SIGTERM. */
  signal: AbortSignal;
  /** Reads all of standard input. */
  stdin(): Promise<string>;
  now(): number;
}

/** 0 success, 1 failure, 3 success and there are changes; usage errors (2) are commander's. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Adds one command to the program. One file a command, or a few that belong together. */
export type AddCommand = (program: Command, context: Context) => void;

/** Runs an action that talks to an engine and closes the connection afterwards. */
export async function withClient<Result>(context: Context, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = createClient(await findConnection(context));
  try {
    return await work(client);
  } finally {
    await client.stop();
  }
}

/** What a person reads of an error: the sentence, then the fields or diagnostics it is about. */
export function explain(error: unknown): string[] {
  if (!isRunwrightError(error)) return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  const details = Array.isArray(error.details) ? error.details : [];
  const lines = details.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const { field, message } = one as { field?: unknown; message?: unknown };
    return typeof field === "string" && typeof message === "string" && !error.message.includes(message) ? [`  ${field} ${message}`] : [];
  });
  return [`runwright: ${error.message} [${error.code}]`, ...lines].map(clean);
}

/** The same for a program, with `--json`: one line of JSON on standard error, so that standard output holds results only. */
export function problemAsJson(error: unknown): string {
  const { code, message, details } = isRunwrightError(error) ? error : new RunwrightError("INTERNAL", error instanceof Error ? error.message : String(error));
  return JSON.stringify({ code, message, ...(details === undefined ? {} : { details }) });
}
