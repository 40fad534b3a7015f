/** What apt and dpkg print, as values. Lines that aren't understood are passed over; who calls notices what is missing. */

export interface DpkgPackage {
  name: string;
  architecture: string;
  version: string;
  held: boolean;
  /** Unpacked but not configured, or worse: an interrupted run left it. */
  broken: boolean;
  /** Of the broken ones, those that only another installation puts right: dpkg was unpacking them. */
  reinstall: boolean;
  /** The source package, where it has another name or version. */
  source?: { name: string; version: string };
}

const FIELDS = ["Package", "Architecture", "Version", "db:Status-Want", "db:Status-Status", "db:Status-Eflag", "source:Package", "source:Version"];
export const DPKG_FORMAT = FIELDS.map((field) => `\${${field}}`).join("\\t");

/** `dpkg-query -W -f DPKG_FORMAT\n`: what is on the machine, without what has left only configuration files. */
export function parseDpkgQuery(text: string): DpkgPackage[] {
  return lines(text).flatMap((line) => {
    const [name, architecture, version, want, status, error, sourceName, sourceVersion] = line.split("\t");
    if (name === undefined || architecture === undefined || !version || status === "config-files" || status === "not-installed") return [];
    const differs = sourceName && sourceVersion && (sourceName !== name || sourceVersion !== version);
    const source = differs ? { source: { name: sourceName, version: sourceVersion } } : {};
    return [
      { name, architecture, version, held: want === "hold", broken: status !== "installed" || error !== "ok", reinstall: error === "reinstreq", ...source },
    ];
  });
}

export interface Origin {
  /** Such as `Debian-Security:12/stable-security`, as apt prints it. */
  text: string;
  security: boolean;
}

export const INDEX_FORMAT = ["DESCRIPTION", "ORIGIN", "LABEL", "SUITE", "VERSION", "FILENAME"].map((field) => `$(${field})`).join("\t");

/** `apt-get indextargets --format INDEX_FORMAT`: descriptions of indexes, as policy prints them, with their files. */
export const parseIndexFiles = (text: string): { text: string; file: string }[] =>
  lines(text).map((line) => {
    const [description = "", , , , , file = ""] = line.split("\t");
    return { text: description, file };
  });

/** From the description of an index to where it comes from. */
export function parseIndexTargets(text: string): Map<string, Origin> {
  return new Map(
    lines(text).map((line) => {
      const [description = "", origin = "", label = "", suite = "", version = ""] = line.split("\t");
      // Debian's suites change their names with age ("oldstable-security"), the label doesn't; Ubuntu has the same label for all.
      const security = label === "Debian-Security" || (origin === "Ubuntu" && suite.endsWith("-security")) || origin.startsWith("UbuntuESM");
      return [description, { text: `${label || origin}:${version ? `${version}/` : ""}${suite}`, security }];
    }),
  );
}

export interface PolicyVersion {
  version: string;
  installed: boolean;
  /** Percentage of machines that get it by now; null: not phased. */
  phased: number | null;
  origins: Origin[];
}

export interface Policy {
  candidate: string | null;
  /** Newest first. */
  versions: PolicyVersion[];
}

/** `apt-cache policy NAME…`: what could be installed, by name as printed (`libc6`, `libc6:i386`). */
export function parsePolicy(text: string, origins: Pick<ReadonlyMap<string, Origin>, "get">): Map<string, Policy> {
  const policies = new Map<string, Policy>();
  let policy: Policy = { candidate: null, versions: [] };
  for (const line of lines(text)) {
    const [, name] = /^(\S+):$/.exec(line) ?? [];
    const [, candidate] = /^ {2}Candidate: (\S+)$/.exec(line) ?? [];
    const [, mark, version, phased] = /^ (\*\*\*| {3}) (\S+) -?\d+(?: \(phased (\d+)%\))?$/.exec(line) ?? [];
    const [, description] = /^ {7,}-?\d+ (.+)$/.exec(line) ?? [];
    if (name !== undefined) {
      policy = { candidate: null, versions: [] };
      policies.set(name, policy);
    } else if (candidate !== undefined) policy.candidate = candidate === "(none)" ? null : candidate;
    else if (version !== undefined)
      policy.versions.push({ version, installed: mark === "***", phased: phased === undefined ? null : Number(phased), origins: [] });
    else if (description !== undefined) {
      const origin = origins.get(description);
      if (origin) policy.versions.at(-1)?.origins.push(origin);
    }
  }
  return policies;
}

/** `apt-get -s …`: names that would be installed, with the version; `name:arch` when it isn't the machine's own architecture. */
export function parseSimulation(text: string): Map<string, string> {
  return new Map(
    lines(text).flatMap((line) => {
      const [, name, version] = /^Inst (\S+) (?:\[[^\]]+\] )?\((\S+) /.exec(line) ?? [];
      return name === undefined || version === undefined ? [] : [[name, version]];
    }),
  );
}

export interface PackageRecord {
  /** Bytes to download. */
  size: number | undefined;
  /** Such as `doc` or `non-free/libs`. */
  section: string;
}

/** `apt-cache show NAME=VERSION…`, by name, architecture and version, separated by blanks. */
export function parseRecords(text: string): Map<string, PackageRecord> {
  const field = (record: string, name: string): string => new RegExp(`^${name}: (.+)$`, "m").exec(record)?.[1] ?? "";
  return new Map(
    text.split("\n\n").flatMap((record) => {
      const [name, architecture, version] = [field(record, "Package"), field(record, "Architecture"), field(record, "Version")];
      const size = Number(field(record, "Size") || Number.NaN);
      if (!name) return [];
      return [[`${name} ${architecture} ${version}`, { size: Number.isSafeInteger(size) && size >= 0 ? size : undefined, section: field(record, "Section") }]];
    }),
  );
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);
