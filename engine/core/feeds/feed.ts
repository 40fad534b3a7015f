import { isAdvisory, isCve, isFit } from "../report.ts";
import type { Severity } from "../update.ts";
import type { Fix, Vulnerability } from "../vulnerability.ts";

/** Formats of vulnerability data that can be imported. */
export const FEED_FORMATS = ["debian-tracker", "osv", "ubuntu-usn", "ubuntu-osv", "updateinfo", "kev", "epss"] as const;
export type FeedFormat = (typeof FEED_FORMATS)[number];

/** How a file of a format is cut into entries, which are read one by one. */
export type Cut = "members" | "values" | "lines" | "elements";

/** What one entry says. */
export interface FeedEntry {
  fixes: readonly Fix[];
  vulnerabilities: readonly Vulnerability[];
  /** Parts of it that couldn't be used. */
  skipped: number;
}

export interface Feed {
  cut: Cut;
  /** @param platform for formats that don't name it @returns undefined when it isn't an entry of this format */
  read(entry: { key: string | null; text: string }, platform: string | null): FeedEntry | undefined;
}

export const NOTHING: FeedEntry = { fixes: [], vulnerabilities: [], skipped: 0 };

/** How vendors say it. */
const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  critical: "critical",
  important: "important",
  high: "important",
  moderate: "moderate",
  medium: "moderate",
  low: "low",
  negligible: "low",
};
export const severityOfWord = (word: unknown): Severity => {
  // Debian's trackers mark urgencies that were set by hand with asterisks.
  const plain = typeof word === "string" ? word.toLowerCase().replace(/\*+$/, "") : "";
  return Object.hasOwn(SEVERITY_WORDS, plain) ? (SEVERITY_WORDS[plain] ?? "unspecified") : "unspecified";
};

/** Fixes whose words can be kept; those that mend nothing are none. */
export const fit = (fixes: readonly Fix[]): Fix[] =>
  fixes.filter(
    (fix) =>
      fix.cves.length > 0 &&
      fix.cves.every(isCve) &&
      isFit(fix.package, 255) &&
      isFit(fix.fixedVersion, 255) &&
      (fix.affectedFrom === "" || isFit(fix.affectedFrom, 255)) &&
      (fix.advisory === "" || isAdvisory(fix.advisory)),
  );

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** A JSON text, or undefined. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // whoever reads it says that it isn't an entry
  }
}
