import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { RunwrightError } from "../core/errors.ts";
import type { Context } from "./command.ts";

/** Asks a person. Without a terminal the answer is read from standard input. */
export async function question({ stdin, signal }: Context, text: string): Promise<string> {
  if (!process.stdin.isTTY) return (await stdin()).trim();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(text, { signal }).catch(interrupted)).trim();
  } finally {
    lines.close();
  }
}

/**
 * Asks for something that nobody else may see: it isn't shown while it is typed. Without a terminal all of standard input is taken, less one line end.
 * @throws BAD_REQUEST when nothing was given
 */
export async function hidden({ stdin, signal }: Context, text: string): Promise<string> {
  const given = process.stdin.isTTY ? await ask(text, signal) : (await stdin()).replace(/\r?\n$/, "");
  if (given === "") throw new RunwrightError("BAD_REQUEST", "nothing was given; type it, or pass it through standard input");
  return given;
}

async function ask(text: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(text);
  const nowhere = new Writable({ write: (_, __, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question("", { signal }).catch(interrupted);
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

/** Ctrl-C at the question: no answer. */
function interrupted(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return "";
  throw error;
}
