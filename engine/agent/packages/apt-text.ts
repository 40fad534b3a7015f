/** What apt and dpkg print, as values. Lines that aren't understood are passed over; who calls notices what is missing. */

export interface DpkgPackage {
  name: string;
  architecture: string;
  version: string;
  held: boolean;
  /** Unpacked but not configured, or worse: an interrupted run left it. */
  broken: boolean;
}

export const DPKG_FORMAT = ["Package", "Architecture", "Version", "db:Status-Want", "db:Status-Status", "db:Status-Eflag"]
  .map((field) => `\${${field}}`)
  .join("\\t");

/** `dpkg-query -W -f DPKG_FORMAT\n`: what is on the machine, without what has left only configuration files. */
export function parseDpkgQuery(text: string): DpkgPackage[] {
  return lines(text).flatMap((line) => {
    const [name, architecture, version, want, status, error] = line.split("\t");
    if (name === undefined || architecture === undefined || !version || status === "config-files" || status === "not-installed") return [];
    return [{ name, architecture, version, held: want === "hold", broken: status !== "installed" || error !== "ok" }];
  });
}

export interface Origin {
  /** Such as `Debian-Security:12/stable-security`, as apt prints it. */
  text: string;
  security: boolean;
}

export const INDEX_FORMAT = ["DESCRIPTION", "ORIGIN", "LABEL", "SUITE", "VERSION"].map((field) => `$(${field})`).join("\t");

/** `apt-get indextargets --format INDEX_FORMAT`: from the description of an index, which policy prints, to where it comes from. */
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
export function parsePolicy(text: string, origins: ReadonlyMap<string, Origin>): Map<string, Policy> {
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

const lines = (text: string): string[] => text.split("\n").filter(Boolean);
