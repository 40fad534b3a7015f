import { formatRpmVersion } from "../../core/versions/rpm.ts";

/** One version of a package that could replace an installed one. */
export interface DnfCandidate {
  name: string;
  architecture: string;
  /** `[epoch:]version-release`. */
  version: string;
  repository: string;
  sizeBytes?: number;
}

/** dnf 4 adds a line's end of its own, dnf 5 doesn't (dnf5-changes-from-dnf4(7)): hence ours, and empty lines are passed over. */
export const CANDIDATE_FORMAT = "%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\t%{repoid}\t%{downloadsize}\n";

/** `dnf repoquery --upgrades --qf CANDIDATE_FORMAT`. `odd`: lines that aren't understood. */
export function parseCandidates(text: string): { candidates: DnfCandidate[]; odd: number } {
  const candidates: DnfCandidate[] = [];
  let odd = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [name = "", epoch = "", version = "", release = "", architecture = "", repository = "", size = "", ...more] = line.split("\t");
    if (name === "" || version === "" || architecture === "" || !/^\d{1,10}$/.test(epoch) || more.length > 0) {
      odd++;
      continue;
    }
    const sizeBytes = /^\d{1,15}$/.test(size) ? { sizeBytes: Number(size) } : {};
    candidates.push({ name, architecture, version: formatRpmVersion({ epoch: Number(epoch), version, release }), repository, ...sizeBytes });
  }
  return { candidates, odd };
}

/**
 * `dnf -q check-update`: from `name.architecture` to the version that an upgrade would bring, after all that holds packages back: the only question to which dnf 4
 * applies version locks. It has no format for programs: three columns, which it breaks over lines where they are long.
 */
export function parseCheckUpdate(text: string): Map<string, string> {
  const updates = new Map<string, string>();
  let row: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("Obsoleting Packages")) break;
    const words = line.split(/\s+/).filter(Boolean);
    if (row.length + words.length > 3)
      row = []; // a sentence, or what follows one
    else row.push(...words);
    const [package_ = "", version = ""] = row;
    if (row.length < 3) continue;
    if (package_.includes(".")) updates.set(package_, version.replace(/^0:/, ""));
    row = [];
  }
  return updates;
}

/** `dnf -q repolist --enabled` of dnf 4: ids of repositories. There is nothing for programs to read; ids hold no spaces. */
export const parseRepolist = (text: string): string[] =>
  text.split("\n").flatMap((line) => {
    const [id = ""] = line.split(/\s/);
    return id === "" || /^repo id\s/.test(line) ? [] : [id];
  });

/** `dnf repo list --enabled --json` of dnf 5 (dnf5-repo(8)). @throws SyntaxError when it isn't JSON */
export function parseRepositories(json: string): string[] {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => (typeof one === "object" && one !== null && "id" in one && typeof one.id === "string" ? [one.id] : []));
}

/** `dnf --version`: its first number, such as 4 or 5; undefined: it isn't dnf. */
export function parseDnfGeneration(text: string): number | undefined {
  const [, generation] = /^(?:dnf5 version )?(\d+)\./.exec(text) ?? [];
  return generation === undefined ? undefined : Number(generation);
}

/** A value of an INI file's `[main]`, continuation lines included; undefined: it isn't set. */
export function readMainSetting(text: string, key: string): string | undefined {
  let isMain = false;
  let value: string[] | undefined;
  for (const line of text.split("\n")) {
    if (/^\s*[#;]/.test(line)) continue;
    const [, section] = /^\[([^\]]*)\]/.exec(line) ?? [];
    const [, name, rest = ""] = /^([A-Za-z_]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (section !== undefined) isMain = section === "main";
    else if (name !== undefined) {
      if (isMain && name === key) value = [rest];
      else if (value !== undefined) return value.join(" ").trim();
    } else if (value !== undefined && /^\s+\S/.test(line)) value.push(line.trim());
  }
  return value?.join(" ").trim();
}

/** Names in dnf's table of a transaction, below headings such as `Removing dependent packages:`. What a new package replaces (obsoletes) goes by another heading. */
export function dnfRemovals(text: string): string[] {
  let removes = false;
  return text.split("\n").flatMap((line) => {
    if (/^\S/.test(line) || line.trim() === "") removes = /^Removing\b.*:$/.test(line.trim());
    const [, name] = /^ (\S+)(?:\s|$)/.exec(line) ?? [];
    return removes && name !== undefined ? [name] : [];
  });
}
