import type { DebugLink } from "../../core/debug.ts";
import type { AttemptToRun } from "../../core/run.ts";
import { MAX_INSPECTOR_CHARS } from "../../protocol/sandbox.ts";

/** A map that is larger isn't sent: the debugger then shows the bundle itself. It fits into one message beside what else is said of a script. */
const MAX_URL_CHARS = MAX_INSPECTOR_CHARS - 64 * 1024;

/** What a debugger knows the bundle as, and a source map by which it finds the sources: in the folder that the session names. */
export function scriptOf({ runbook, sourceMap }: Pick<AttemptToRun, "runbook" | "sourceMap">, { sourceRoot }: Pick<DebugLink, "sourceRoot">) {
  // A folder of its own, which doesn't exist: no file of the author is taken for the bundle.
  return { scriptUrl: `${sourceRoot}.runwright/${runbook}.js`, sourceMapUrl: sourceMap === null ? "" : mapUrl(sourceMap, sourceRoot) };
}

function mapUrl(text: string, sourceRoot: string): string {
  if (text.length > MAX_URL_CHARS) return "";
  let map: { sources?: unknown };
  try {
    map = JSON.parse(text);
  } catch {
    return ""; // a damaged map costs the sources, not the session
  }
  const sources = Array.isArray(map.sources) ? map.sources.map((source: unknown) => urlOf(String(source), sourceRoot)) : [];
  const url = `data:application/json;base64,${Buffer.from(JSON.stringify({ ...map, sources, sourceRoot: "" })).toString("base64")}`;
  return url.length > MAX_URL_CHARS ? "" : url;
}

/** Files of packages keep the names that the bundler gave them: they are no files of the author. */
const urlOf = (source: string, sourceRoot: string): string =>
  /^[a-z-]+:/i.test(source) || source.startsWith("<") ? source : new URL(encodePath(source), sourceRoot).href;

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
