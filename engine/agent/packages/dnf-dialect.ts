/** Where dnf 4 and dnf 5 differ, as far as an agent sees it. dnf 5 is written from its documentation and was never run here. */
export interface DnfDialect {
  /** Where root's metadata is kept; where the configuration names a place, that one (`dnf.ts`). */
  cacheDirectory: string;
  /** Lists enabled repositories. */
  repositories: readonly string[];
  /** Looks past what the machine's owner holds back. */
  unfiltered: readonly string[];
  /** Leaves out what can't be installed instead of giving up the whole transaction. */
  lenient: readonly string[];
  /** Removes the older of two installed versions and installs the newer one again; undefined: there is no such command. */
  removeDuplicates: readonly string[] | undefined;
  /** Files with the process id of whoever holds a lock; they stay when it is killed. */
  locks: readonly string[];
}

const DNF_4: DnfDialect = {
  cacheDirectory: "/var/cache/dnf",
  repositories: ["repolist", "--enabled"],
  unfiltered: ["--disableexcludes=all", "--disableplugin=versionlock"],
  // An override by the machine's own configuration (`best=True` on RHEL) would make one impossible update stop all the others.
  lenient: ["--setopt=best=0", "--setopt=strict=0"],
  removeDuplicates: ["remove", "--duplicates"],
  locks: ["/var/lib/dnf/rpmdb_lock.pid", "/var/cache/dnf/metadata_lock.pid", "/var/cache/dnf/download_lock.pid", "/var/log/log_lock.pid"],
};

const DNF_5: DnfDialect = {
  cacheDirectory: "/var/cache/libdnf5",
  repositories: ["repo", "list", "--enabled", "--json"],
  unfiltered: ["--setopt=disable_excludes=*"],
  lenient: ["--no-best", "--skip-unavailable"],
  removeDuplicates: undefined,
  locks: [], // locks of open files, which end with their process
};

/** @param generation as `dnf --version` says: 4, 5 */
export const dialectOf = (generation: number): DnfDialect => (generation >= 5 ? DNF_5 : DNF_4);
