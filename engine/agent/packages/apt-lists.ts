import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { counted } from "../../core/counted.ts";
import { isAhead } from "../../core/list-age.ts";
import { INDEX_FORMAT, parseIndexFiles } from "./apt-text.ts";
import type { RunProgram } from "./program.ts";

/** Header lines of a Release file come before its hashes. */
const HEAD_CHARACTERS = 4_096;

/** A list that is there. */
export interface AptList {
  file: string;
  /** As apt describes it. */
  text: string;
  security: boolean;
}

export interface AptLists {
  /** Unix milliseconds; null: there are none. */
  updatedAt: number | null;
  /** In words: lists that are configured and aren't there, or have expired. */
  problems: string[];
}

/**
 * How old the package lists are, by the lists themselves. Their time is that of the server's file, so they seem as old as they are or older, never newer; folders and stamps would
 * tell when somebody last *tried*: a refused signature freshens `lists/partial`, and apt calls an update a success of which only one source has answered.
 * @param fetched descriptions of the lists that are there
 */
export async function aptLists({ run, root, fetched }: { run: RunProgram; root: string; fetched: readonly AptList[] }, now: number): Promise<AptLists> {
  const times = await Promise.all(fetched.map(async ({ file, security }) => ({ security, at: await mtimeOf(file) })));
  // A server's date that lies ahead says nothing of when the list came.
  const plausible = times.filter(({ at }) => !isAhead(at, now));
  const newestOf = (some: readonly { at: number }[]) => Math.max(0, ...some.map(({ at }) => at));
  const security = plausible.filter((one) => one.security);
  // Security lists are the ones that matter, and some other source that answers doesn't make them younger.
  const newest = security.length === 0 ? newestOf(plausible) : Math.min(newestOf(plausible), newestOf(security));
  const problems: string[] = [];
  const releaseOf = releaseReader(root);
  const missing = await missingLists(run, { fetched, releaseOf });
  if (missing.length > 0)
    problems.push(
      `${counted(missing.length, "package list")} of configured sources ${missing.length === 1 ? "was" : "were"} never fetched (${short(missing)})`,
    );
  for (const { release, until } of await expiries({ fetched, releaseOf }))
    if (until < now)
      problems.push(`the lists of ${release} expired at ${new Date(until).toISOString()}: what has come out since is unknown; run apt-get update`);
  return { updatedAt: newest > 0 ? Math.round(newest) : null, problems };
}

/**
 * Sources of which something is configured and not there: those without any Release file, which were never fetched or are refused since they were added, and lists that the Release
 * names with a size. apt keeps no file of an empty list (contrib of an updates suite, most of the time), and calls a component that a repository lacks no error.
 */
async function missingLists(run: RunProgram, { fetched, releaseOf }: Releases): Promise<string[]> {
  // Without release information apt names what it would fetch, instead of what it has.
  const wanted = parseIndexFiles(await run("apt-get", ["indextargets", "--no-release-info", "--format", INDEX_FORMAT, "Created-By: Packages"]));
  const there = new Set(fetched.map(({ text }) => sourceOf(text)));
  const missing = new Set<string>();
  for (const { text, file } of wanted) {
    const source = sourceOf(text);
    if (source === "" || there.has(source)) continue;
    const [, stem, component, architecture] = /^(.*_dists_.*?)_([^_]+)_binary-([^_]+)_Packages/.exec(basename(file)) ?? [];
    const release = stem === undefined ? "" : await releaseOf(stem);
    if (release === "" || sizeIn(release, `${component}/binary-${architecture}/Packages`) > 0) missing.add(source);
  }
  return [...missing];
}

/** `URI SUITE/COMPONENT ARCHITECTURE Packages` without the last two; a flat repository has no architecture. */
function sourceOf(text: string): string {
  const words = text.split(" ");
  return words.slice(0, words.length >= 4 ? -2 : -1).join(" ");
}

/** Bytes of a list by its Release, which has a line `HASH SIZE PATH` for each; 0 when it doesn't name it. */
function sizeIn(release: string, path: string): number {
  const line = release.split("\n").find((one) => one.startsWith(" ") && one.endsWith(` ${path}`));
  return Number(line?.trim().split(/ +/)[1] ?? 0);
}

interface Releases {
  fetched: readonly AptList[];
  /** The text of a Release file; empty: there is none. @param stem what its name and those of its lists begin with */
  releaseOf(stem: string): Promise<string>;
}

/** Each of them is asked for many times and read once. */
function releaseReader(root: string): Releases["releaseOf"] {
  const known = new Map<string, Promise<string>>();
  const read = async (stem: string): Promise<string> => {
    const path = join(root, "var/lib/apt/lists", stem);
    return (await readFile(`${path}_InRelease`, "utf8").catch(() => "")) || (await readFile(`${path}_Release`, "utf8").catch(() => ""));
  };
  return (stem) => {
    const found = known.get(stem) ?? read(stem);
    known.set(stem, found);
    return found;
  };
}

/** When the signed lists of each release say that they are void (Valid-Until, as security and updates suites have it). */
async function expiries({ fetched, releaseOf }: Releases): Promise<{ release: string; until: number }[]> {
  const found = new Map<string, number>();
  for (const { file, text } of fetched) {
    const name = basename(file);
    const stem = /^(.*_dists_.*?)_[^_]+_binary-/.exec(name)?.[1];
    if (stem === undefined) continue;
    const release = sourceOf(text).replace(/\/[^/]*$/, "");
    if (found.has(release)) continue;
    const until = Date.parse(/^Valid-Until: (.+)$/m.exec((await releaseOf(stem)).slice(0, HEAD_CHARACTERS))?.[1] ?? "");
    if (!Number.isNaN(until)) found.set(release, until);
  }
  return [...found].map(([release, until]) => ({ release, until }));
}

const mtimeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
const MOST_NAMED = 3;
const short = (names: readonly string[]): string => `${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? " …" : ""}`;
