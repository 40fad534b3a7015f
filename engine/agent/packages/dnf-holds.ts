import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseRpmVersion } from "../../core/versions/rpm.ts";
import { readMainSetting } from "./dnf-text.ts";
import type { RpmPackage } from "./rpm-database.ts";

/** Patterns by which the machine's owner holds packages back: version locks, and `exclude=` in dnf's configuration. */
export async function readHolds(root: string): Promise<string[]> {
  const read = (path: string) => readFile(join(root, path), "utf8").catch(() => ""); // not there: nothing is held by it
  const locks = readMainSetting(await read("etc/dnf/plugins/versionlock.conf"), "locklist") ?? "/etc/dnf/plugins/versionlock.list";
  const configuration = await read("etc/dnf/dnf.conf");
  const excluded = ["excludepkgs", "exclude"].flatMap((key) => (readMainSetting(configuration, key) ?? "").split(/[\s,]+/));
  const locked = (await read(locks)).split("\n").map((line) => line.trim());
  // An entry with "!" locks out one version that isn't installed.
  return [...locked, ...excluded].filter((pattern) => pattern !== "" && !pattern.startsWith("#") && !pattern.startsWith("!"));
}

/** Whether one of them means this package: shell patterns for its name, or for its name with version and architecture in any of dnf's spellings. */
export function holder(patterns: readonly string[]): (one: RpmPackage) => boolean {
  if (patterns.length === 0) return () => false;
  const matchers = patterns.map(shellPattern);
  return ({ name, architecture, version: text }) => {
    const { epoch, version, release } = parseRpmVersion(text);
    const spellings = [
      ...[name, `${name}.${architecture}`, `${name}-${version}`, `${name}-${epoch}:${version}`],
      ...[`${version}-${release}`, `${epoch}:${version}-${release}`].flatMap((evr) => [`${name}-${evr}`, `${name}-${evr}.${architecture}`]),
      `${epoch}:${name}-${version}-${release}.${architecture}`,
    ];
    return matchers.some((matcher) => spellings.some((spelling) => matcher.test(spelling)));
  };
}

/** `*`, `?` and `[…]` as in glob(7). */
export function shellPattern(pattern: string): RegExp {
  const source = pattern.replaceAll(/\[!?[^\]]+\]|[*?]|[\s\S]/gu, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 2 && part.startsWith("[")) {
      const inner = part.slice(1, -1);
      const [mark, set] = inner.startsWith("!") ? ["^", inner.slice(1)] : ["", inner];
      return `[${mark}${set.replaceAll(/[\\\]^]/g, "\\$&")}]`;
    }
    return part.replaceAll(/[.+^${}()|[\]\\/]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return /(?!)/; // a set such as [z-a] matches nothing
  }
}
