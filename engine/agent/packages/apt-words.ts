/** What apt and dpkg say when something goes wrong (in English: the runners see to that), as values. */

export interface LockHolder {
  pid: number | undefined;
  program: string | undefined;
}

const LOCKED: readonly RegExp[] = [
  /^E: Could not get lock \S+\. It is held by process (?<pid>\d+)(?: \((?<program>.+)\))?$/m,
  /^E: Could not get lock \S+ - open \(11: /m, // apt before 1.9
  /^dpkg: error: dpkg (?:frontend|database|status database) lock (?:was|is) locked by another process(?: with pid (?<pid>\d+))?$/m,
  /^dpkg: error: dpkg (?:frontend|status database) is locked by another process$/m,
];

/** Who holds a lock that was in the way; undefined: none was. */
export function lockHolder(output: string): LockHolder | undefined {
  for (const pattern of LOCKED) {
    const found = pattern.exec(output);
    if (found) return { pid: found.groups?.pid === undefined ? undefined : Number(found.groups.pid), program: found.groups?.program };
  }
  return undefined;
}

export const isDiskFull = (output: string): boolean => /No space left on device|You don't have enough free space|Disk quota exceeded/.test(output);

export const isForbidden = (output: string): boolean => /\(13: Permission denied\)|requires superuser privilege|are you root\?/.test(output);

/** A first match names what is wrong with a repository. */
const REPOSITORY_FAULTS: readonly (readonly [name: string, sign: RegExp])[] = [
  ["wrong time", /is not valid yet|Release file for .* is expired/],
  ["bad signature", /GPG error|BADSIG|NO_PUBKEY|EXPKEYSIG|REVKEYSIG|is not signed|signatures? (?:were|was|couldn't)/],
  ["bad hash", /Hash Sum mismatch|has unexpected size/],
];

/** What is wrong with the repositories, with apt's own words; undefined: nothing. Some faults leave apt's exit code at 0. */
export function repositoryFault(output: string): string | undefined {
  const words = lines(output).filter((line) => /^E: |^W: (?:Failed to fetch|GPG error|An error occurred|Some index files)/.test(line));
  const failed = /^Err:\d+ /m.test(output);
  if (words.length === 0 && !failed) return undefined;
  const fault = REPOSITORY_FAULTS.find(([, sign]) => sign.test(output))?.[0] ?? "unreachable";
  // What apt says of one index comes first; that some are missing says nothing more.
  const telling = words.filter((line) => !line.includes("Some index files failed")).map((line) => line.slice(3));
  const shown = telling.length > 0 ? telling : lines(output).filter((line) => line.startsWith("Err:"));
  return `${fault}: ${shown.slice(0, 3).join("; ")}${shown.length > 3 ? `; and ${shown.length - 3} more` : ""}`;
}

/** Names under apt's heading of what it removes, or would. */
export function removalsIn(output: string): string[] {
  const all = lines(output);
  const at = all.indexOf("The following packages will be REMOVED:");
  if (at < 0) return [];
  const rest = all.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  const names = rest.slice(0, end < 0 ? rest.length : end).flatMap((line) => line.trim().split(/\s+/));
  return names.map((name) => name.replace(/\*$/, "")); // a star: with its configuration
}

/** Why apt refused altogether. */
export const refusalOf = (output: string): string => refusal(lines(output), "\\S+");

/** Why one package failed: what its script wrote and dpkg's verdict; without either, why apt refused. */
export function failureOf(output: string, name: string): string {
  const all = lines(output);
  const named = new RegExp(`^dpkg: error processing (?:package|archive) (?:${escaped(name)}(?::\\S+)?|\\S*/${escaped(name)}_\\S*) \\(`);
  const at = all.findIndex((line) => named.test(line));
  if (at >= 0) {
    const said: string[] = [];
    for (let before = at - 1; before >= 0 && said.length < 10; before--) {
      const line = all[before] ?? "";
      if (/^(?:dpkg: |Setting up |Unpacking |Preparing to unpack |Processing triggers for |\(Reading database )/.test(line)) break;
      said.unshift(line);
    }
    return [...said, (all[at + 1] ?? all[at] ?? "").trim()].join("; ");
  }
  return refusal(all, escaped(name));
}

function refusal(all: readonly string[], name: string): string {
  const unmet = all.filter((line) => new RegExp(`^ ${name}(?::\\S+)? : `).test(line)).map((line) => line.trim());
  const errors = all.filter((line) => line.startsWith("E: ") || line.startsWith("dpkg: error")).map((line) => line.replace(/^E: /, ""));
  const words = [...unmet, ...errors].slice(0, 5);
  return words.length > 0 ? words.join("; ") : all.slice(-3).join("; ");
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Without what terminals would act upon: a package's script may write anything. */
const lines = (output: string): string[] =>
  output
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter(Boolean);
