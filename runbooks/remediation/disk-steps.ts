/** One way to free space. Steps are tried in order: the first ones remove what can be had again, the last ones what nobody has asked for in days. */
export interface Step {
  name: string;
  /** Where it frees space. */
  path: string;
  /** Removes. */
  clean: string[];
  /** Prints, as bytes, how much that could free; removes nothing. */
  size: string[];
}

export interface StepParams {
  journal: string;
  logFolders: readonly string[];
  rotatedLogs: readonly string[];
  logDays: number;
  temporaryDays?: number;
}

export function stepsOf({ journal, logFolders, rotatedLogs, logDays, temporaryDays }: StepParams): Step[] {
  return [
    cache("apt cache", "/var/cache/apt/archives", ["apt-get", "clean"]),
    cache("dnf cache", "/var/cache/dnf", ["dnf", "clean", "packages"]),
    cache("dnf cache", "/var/cache/libdnf5", ["dnf", "clean", "packages"]),
    cache("zypper cache", "/var/cache/zypp/packages", ["zypper", "--non-interactive", "clean"]),
    { name: "journal", path: "/var/log/journal", clean: ["journalctl", "--quiet", `--vacuum-size=${journal}`], size: journalSize(journal) },
    ...(rotatedLogs.length === 0 ? [] : logFolders.map((folder) => files("rotated logs", folder, [...named(rotatedLogs), ...olderThan(logDays, ["-mtime"])]))),
    ...(temporaryDays === undefined
      ? []
      : ["/tmp", "/var/tmp"].map((folder) =>
          // What systemd keeps for running services is theirs.
          files("temporary files", folder, [...["-not", "-path", "*/systemd-private-*"], ...olderThan(temporaryDays, ["-mtime", "-ctime", "-atime"])]),
        )),
  ];
}

/** A folder that isn't there belongs to a package manager that isn't, either. */
const cache = (name: string, path: string, clean: string[]): Step => ({
  name,
  path,
  clean,
  size: ["sh", "-c", `du -x -s -k -- "$1" | awk '{ printf "%.0f\\n", $1 * 1024 }'`, "sh", path],
});

/** Regular files below a folder: -P follows no symbolic link, also when the folder itself is one; -xdev stays on its file system. */
function files(name: string, path: string, tests: string[]): Step {
  const find = ["find", "-P", path, "-xdev", "-type", "f", ...tests];
  return { name, path, clean: [...find, "-delete"], size: ["sh", "-c", SUM, "sh", ...find, "-printf", "%b\\n"] };
}

/** Sums blocks of 512 bytes. */
const SUM = `"$@" | awk '{ n += $1 } END { printf "%.0f\\n", n * 512 }'`;

/** What archived journals could give at most: all above what may be kept. */
function journalSize(keep: string): string[] {
  const [, digits = "0", unit = ""] = /^(\d+)([KMGT]?)$/.exec(keep) ?? [];
  const kept = Number(digits) * 1_024 ** ["", "K", "M", "G", "T"].indexOf(unit);
  return [
    "sh",
    "-c",
    `du -x -s -k -- "$1" | awk -v keep="$2" '{ n = $1 * 1024 - keep; printf "%.0f\\n", n > 0 ? n : 0 }'`,
    "sh",
    "/var/log/journal",
    String(kept),
  ];
}

const named = (patterns: readonly string[]): string[] => [
  "(",
  ...patterns.flatMap((pattern, i) => (i === 0 ? ["-name", pattern] : ["-o", "-name", pattern])),
  ")",
];

const olderThan = (days: number, times: string[]): string[] => times.flatMap((time) => [time, `+${days}`]);
