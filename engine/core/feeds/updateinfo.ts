import type { Fix } from "../vulnerability.ts";
import { sorted } from "../vulnerability-match.ts";
import { type Feed, fit, severityOfWord } from "./feed.ts";

const CVE = /CVE-\d{4}-\d{4,19}/g;
const ATTRIBUTE = /([A-Za-z_:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * `updateinfo.xml` of rpm repositories: advisories with their references and the packages that come with them. It doesn't say for which system it is. One `<update>` at a
 * time is looked at; the format has no nesting of the elements that count, so that a parser of all of XML isn't needed.
 */
export const updateinfo: Feed = {
  cut: "elements",
  read({ text }, platform) {
    const id = contentOf(text, "id");
    if (platform === null || id === undefined) return undefined;
    const severity = severityOfWord(contentOf(text, "severity"));
    const cves = sorted(tagsOf(text, "reference").flatMap((tag) => [...tag.matchAll(CVE)].map(([cve]) => cve)));
    if (cves.length === 0) return { fixes: [], vulnerabilities: [], skipped: 0 };
    const packages = tagsOf(text, "package").map(attributesOf);
    const found = packages.map(({ name = "", epoch = "0", version = "", release = "" }): Fix => {
      const fixedVersion = version === "" || release === "" ? "" : `${epoch === "0" || epoch === "" ? "" : `${epoch}:`}${version}-${release}`;
      return { platform, package: name, fixedVersion, advisory: id, affectedFrom: "", severity, cves };
    });
    // The same package is there once for each architecture.
    const fixes = fit([...new Map(found.map((fix) => [`${fix.package}\n${fix.fixedVersion}`, fix])).values()]);
    return { fixes, vulnerabilities: [], skipped: found.length > 0 && fixes.length === 0 ? 1 : 0 };
  },
};

const contentOf = (text: string, name: string): string | undefined => {
  const content = new RegExp(`<${name}(?:\\s[^<>]*)?>([^<]*)</${name}\\s*>`).exec(text)?.[1];
  return content === undefined ? undefined : unescaped(content.trim());
};
const tagsOf = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`<${name}\\s[^<>]*>`, "g"))].map(([tag]) => tag);
const attributesOf = (tag: string): Record<string, string | undefined> =>
  Object.fromEntries([...tag.matchAll(ATTRIBUTE)].map(([, name, double, single]) => [name, unescaped(double ?? single ?? "")]));

const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };
const unescaped = (text: string): string => text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
