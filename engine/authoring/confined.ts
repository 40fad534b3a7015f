import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import type { Diagnostic } from "../core/diagnostic.ts";

/** What the compiler said, and which files it has read: it is asked to list them. */
export interface Listing {
  /** Without the list. */
  output: string;
  files: string[];
}

const DIAGNOSTIC = /\(\d+,\d+\): (error|warning) TS\d+: /;

export function readListing(output: string): Listing {
  const rows = output.split(/\r?\n/);
  const isListed = (row: string) => isAbsolute(row) && !DIAGNOSTIC.test(row);
  return { output: rows.filter((row) => !isListed(row)).join("\n"), files: rows.filter(isListed) };
}

/**
 * Types of sources that came over the network are made from those sources, the SDK and the compiler's own library, and from nothing else of this machine: an import that
 * only names a type passes the bundler unseen, and messages of the compiler show what they are about.
 * @returns whether it read something else, or hasn't listed what it read
 */
export function readElsewhere({ files }: Listing, allowed: readonly string[]): boolean {
  if (files.length === 0) return true;
  const folders = allowed.map((folder) => realpathSync(folder));
  return files.some((file) => !folders.some((folder) => isBelow(folder, file)));
}

function isBelow(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== "" && !isAbsolute(path) && path.split(sep)[0] !== "..";
}

export const tooMuchSaid = (entry: string): Diagnostic => ({
  file: entry,
  line: 1,
  column: 1,
  code: "TOO_LARGE",
  message: "the compiler finds more to say about these sources than can be looked through: check fewer of them, or install runwright in the workspace",
  severity: "error",
});

export const outside = (entry: string): Diagnostic => ({
  file: entry,
  line: 1,
  column: 1,
  code: "OUTSIDE",
  message: "a file is named that isn't among those that were sent; their types come from nowhere else",
  severity: "error",
});
