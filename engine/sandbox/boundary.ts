import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { residentBytes } from "./resident-memory.ts";

/** How a process is started. */
export interface Command {
  program: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/**
 * The wall around a runner that holds even against native code. Node's own permissions don't: the addon that they must allow is native code, and they don't
 * cover signals. What this kernel and this user allow is tried once, at start; what is missing is a warning that operators see.
 */
export interface Boundary {
  /** What holds, in words. */
  holds: readonly string[];
  warnings: readonly string[];
  /**
   * Puts a command behind the wall.
   * @param readable all that it may read, besides system libraries
   * @param slot each place for a runner has its own user where that is possible
   */
  wrap(command: Command, readable: readonly string[], slot: number): Command;
}

/** Runners of slot N run as this user plus N: no account, and no file belongs to it. */
const FIRST_UID = 61_000;
const PROBE_MS = 5_000;
const LIBRARIES = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"];
/** Hidden under the jail's own root, so none of them may hold what a runner needs. */
const MOUNT_POINTS = ["/mnt", "/media", "/srv", "/opt", "/var/empty", "/home"];

/**
 * A new root that holds only what is named, read-only; then everything that could undo it is given up. `$1`: where to mount it; then the paths, `--`, the command.
 * @param proc mounts what Node reads about its own process
 */
const jailScript = (proc: string) => `set -eu
root=$1; shift
mount -t tmpfs -o mode=0755,size=1m tmpfs "$root"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root\${1%/*}"; : > "$root$1"; fi
  mount --rbind "$1" "$root$1"
  mount -o remount,bind,ro "$root$1"
  shift
done
shift
mkdir -p "$root/proc"
${proc}
mount -o remount,bind,ro "$root"
cd "$root"
exec chroot "$root" "$@"`;

/** Some containers forbid a new /proc. In the present one other processes are opaque, but there. */
const PROCS = [
  { proc: 'mount -t proc proc "$root/proc"', processes: "no other process in sight", warnings: [] },
  {
    proc: 'mount --rbind /proc "$root/proc"',
    processes: "no other process in reach",
    warnings: ["no new /proc can be mounted: runners see which processes run on this computer, and with which arguments"],
  },
];

const NAMESPACES = ["--net", "--pid", "--ipc", "--fork", "--kill-child"];
const NO_CAPABILITIES = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"];
/** A runner that starts as root still has to read its code and to become its own user; with that it loses these too. */
const FEW_CAPABILITIES = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all,+setuid,+setgid,+dac_read_search"];

type Wrap = Boundary["wrap"];

/**
 * What a runner may not do, and that somebody looks at the memory that it takes. Takes some tens of milliseconds.
 * @param readable what runners will have to read: the wall is tried with it
 */
export function probeBoundary(readable: readonly string[]): Boundary {
  const { holds, warnings, wrap } = probeWalls(readable);
  if (residentBytes(process.pid) !== null) return { holds: [...holds, "memory watched from outside"], warnings, wrap };
  const unwatched = "this system doesn't show how much memory a process uses (there is no /proc): runners are trusted to watch their own";
  return { holds, warnings: [...warnings, unwatched], wrap };
}

/** Tries the strongest wall first. */
function probeWalls(readable: readonly string[]): Boundary {
  const isRoot = process.getuid?.() === 0;
  const own = (slot: number) => (isRoot ? [`uid=${FIRST_UID + slot}`] : []);
  const withUser: Wrap = (command, _readable, slot) => ({ ...command, args: [...command.args, ...own(slot)] });
  const prefixed =
    (program: string, args: readonly string[]): Wrap =>
    (command, readable, slot) => {
      const inner = withUser(command, readable, slot);
      return { ...inner, program, args: [...args, inner.program, ...inner.args] };
    };
  const jailed =
    (unshare: readonly string[], drop: readonly string[], proc: string): Wrap =>
    (command, readable, slot) => {
      const paths = [...LIBRARIES, command.program, ...readable].filter((path) => existsSync(path));
      const root = MOUNT_POINTS.find((point) => existsSync(point) && !paths.some((path) => path === point || path.startsWith(`${point}/`)));
      // Without a wall that was claimed nothing may run: another wall is tried, or the engine doesn't start.
      if (root === undefined) throw new Error(`there is no place for a runner's root: make one of ${MOUNT_POINTS.join(", ")} an empty folder`);
      const [setpriv = "", ...options] = drop;
      // setpriv gives up the capabilities inside the jail, so it has to be there too.
      const found = ["/usr/bin/", "/bin/"].map((folder) => folder + setpriv).find((path) => existsSync(path)) ?? setpriv;
      return prefixed("unshare", [...unshare, "--", "/bin/sh", "-c", jailScript(proc), "sh", root, ...paths, found, "--", found, ...options, "--"])(
        command,
        readable,
        slot,
      );
    };

  const user = isRoot ? ["a user of its own for each runner"] : [];
  const [unshare, drop] = isRoot ? [[], FEW_CAPABILITIES] : [["--user", "--map-root-user"], NO_CAPABILITIES];
  for (const { proc, processes, warnings } of PROCS) {
    const jail = jailed([...unshare, ...NAMESPACES, "--mount"], drop, proc);
    if (works(jail, readable)) return { holds: [...user, "no network", processes, "no files but its own code and system libraries"], warnings, wrap: jail };
  }
  if (isRoot) {
    const namespaces = prefixed("unshare", [...NAMESPACES, "--"]);
    const files = "what every user of this computer may read, runners could read too";
    if (works(namespaces, readable))
      return { holds: [...user, "no network", "no other process in reach"], warnings: [files, ...PROCS.flatMap((one) => one.warnings)], wrap: namespaces };
    return {
      holds: user,
      warnings: ["this kernel or container allows no namespaces: only Node's own permissions keep runners from the network", files],
      wrap: withUser,
    };
  }
  const advice = "start the engine as root, which gives each runner a user of its own, or allow unprivileged user namespaces";
  return {
    holds: [],
    warnings: [`no boundary of the operating system holds runners: a runbook that breaks out of V8 has the engine's own rights; ${advice}`],
    wrap: withUser,
  };
}

/** `node --version` behind the wall: it needs the program, its libraries and everything that the wall itself does. */
function works(wrap: Wrap, readable: readonly string[]): boolean {
  if (process.platform !== "linux") return false;
  let command: Command;
  try {
    command = wrap({ program: process.execPath, args: ["--version"], env: {} }, readable, 0);
  } catch {
    return false; // there is no place for it
  }
  const { program, args, env } = command;
  const { status, stdout } = spawnSync(program, args, { env: { ...env, PATH: SYSTEM_PATH }, timeout: PROBE_MS, encoding: "utf8", cwd: "/" });
  return status === 0 && stdout.includes(process.version);
}

/** Where `unshare`, `mount`, `chroot` and `setpriv` are; nothing of the engine's own environment reaches a runner. */
export const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The process inside the namespaces: `unshare` stays outside and waits for it. */
export function innermostPid(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return /^\d+$/.test(children) ? Number(children) : pid;
  } catch {
    return pid; // no /proc, or the kernel doesn't list children: the outer process stands for both
  }
}
