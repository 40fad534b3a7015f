import { InvalidArgumentError } from "commander";
import { parseDuration } from "../core/duration.ts";
import { isCve } from "../core/report.ts";

/*
 * How the values of options are read. What doesn't fit is wrong usage: commander names the option, and the command ends with 2 before it asks an engine.
 */

/** A whole number, not below `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };

/** A whole number within two others. */
export const wholeNumberWithin =
  ({ lowest, highest }: { lowest: number; highest: number }) =>
  (text: string): number => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
  };

/** A share such as 2.5%, as a number from 0 to 1. */
export function percentage(text: string): number {
  const [, value] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text) ?? [];
  if (value !== undefined && Number(value) <= 100) return Number(value) / 100;
  throw new InvalidArgumentError("It must look like 2.5%.");
}

/** One of these words. */
export const oneOf =
  (words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`It must be one of ${words.join(", ")}.`);
  };

/** The number of a vulnerability. */
export function cveNumber(text: string): string {
  const cve = text.toUpperCase();
  if (isCve(cve)) return cve;
  throw new InvalidArgumentError("It must look like CVE-2024-3094.");
}

/** Of a plan: all of its hash, or its first digits, with which nobody finds another plan by chance. */
export function planHash(text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be the hash of the plan as `runwright deployment show` prints it, or its first 12 digits or more.");
}

/** A duration as a text, for the engine to read. */
export function duration(text: string): string {
  try {
    parseDuration(text);
  } catch {
    throw new InvalidArgumentError("It must look like 500ms, 30s, 15m, 1h30m, 7d."); // the one thing that parsing can find
  }
  return text;
}

/** Addresses of engines, separated by commas, once or several times. */
export function addresses(text: string, before: readonly string[] = []): string[] {
  const given = text.split(",").map((one) => one.trim());
  for (const one of given) {
    if (!/^https?:\/\//.test(one) || !URL.canParse(one)) throw new InvalidArgumentError("It must look like https://engine.example.com:4680.");
  }
  return [...before, ...given];
}

/** `key=value`, once or several times, as one object of texts. */
export function keyValues(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [key, value] = keyValue(text);
  return { ...before, [key]: value };
}

/** The same, where a value that can be read as JSON is meant so. */
export function jsonValues(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [key, value] = keyValue(text);
  return { ...before, [key]: jsonOrText(value) };
}

export function jsonObject(text: string): Record<string, unknown> {
  const value = jsonOrText(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidArgumentError('It must be a JSON object, such as {"role":"web"}.');
}

/** `key=value` sets, `key-` removes: null. */
export function tagChanges(text: string, before: Readonly<Record<string, string | null>> = {}): Record<string, string | null> {
  if (/^[^=]+-$/.test(text)) return { ...before, [text.slice(0, -1)]: null };
  if (text.indexOf("=") < 1) throw new InvalidArgumentError("It must look like key=value, or key- to remove a tag.");
  return { ...before, ...keyValues(text) };
}

function keyValue(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must look like key=value.");
  return [text.slice(0, at), text.slice(at + 1)];
}

export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // not JSON: a text, as people write it
  }
}

/** The same option several times. */
export const several = (text: string, before: readonly string[] = []): string[] => [...before, text];
