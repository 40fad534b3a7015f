import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { skip } from "./skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

const LAB = join(import.meta.dirname, "../lab");
const runFile = promisify(execFile);
const script = (name: string, ...args: string[]) => runFile("bash", [join(LAB, name), ...args], { maxBuffer: 16 * 1024 * 1024 });

export interface LabHost {
  /** Its root directory: paths of the host lie below it. */
  directory: string;
  /** With these variables apt and dpkg of this machine work on the host, without privilege. */
  environment: Readonly<Record<string, string>>;
  /** Runs a program so. Never rejects for its exit code. */
  run(file: string, ...args: string[]): Promise<{ exitCode: number; output: string }>;
  /** Version and state of a package as dpkg abbreviates them, such as `1.1-1 ii`, `iF` half configured, `iHR` half installed. */
  state(name: string): Promise<string>;
  /** SIGKILL for every process that works on this host, as in a power cut. @returns how many there were */
  kill(): Promise<number>;
}

export interface AptLab {
  /** The signed repository, as a folder. */
  repository(): string;
  /** A new host with outdated packages, removed after the test. */
  host(options?: { name?: string; packages?: readonly string[]; extra?: number; repository?: string; url?: string }): Promise<LabHost>;
}

/** Packages `lab-pkg-001` to this number are in the repository. */
const EXTRA = 30;
let built: Promise<string> | undefined;

/** Real apt and dpkg on throw-away hosts (test/lab). For a `describe`: it skips its tests where these programs aren't. */
export function useAptLab(): AptLab {
  let repository: string | undefined;
  const homes: TemporaryDirectory[] = [];
  before(async function (this: Context) {
    this.timeout(60_000);
    const missing = ["apt-get", "dpkg-deb", "gpg", "bash", "perl"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
    if (missing.length > 0) skip(this, `the lab needs ${missing.join(", ")}`);
    built ??= buildRepository();
    repository = await built;
  });
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.remove();
  });
  const built_ = () => {
    if (repository === undefined) throw new Error("the lab is there for tests and hooks of the describe that uses it");
    return repository;
  };
  return {
    repository: built_,
    async host({ name = "web1", packages, extra = 0, repository: from = built_(), url } = {}) {
      const home = await temporaryDirectory();
      homes.push(home);
      const directory = join(home.path, name);
      const chosen = packages === undefined ? [] : ["-p", packages.join(" ")];
      await script("make-host.sh", "-u", "-r", from, "-n", `${extra}`, ...chosen, ...(url === undefined ? [] : ["-b", url]), directory);
      return labHost(directory);
    },
  };
}

/** Once for all tests of this process. */
async function buildRepository(): Promise<string> {
  const { path } = await temporaryDirectory();
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  await script("build-apt-repo.sh", "-n", `${EXTRA}`, join(path, "apt-repo"));
  return join(path, "apt-repo");
}

function labHost(directory: string): LabHost {
  // As on-host.sh says; LAB_ROOT is by what its processes are told from others.
  const environment = {
    APT_CONFIG: join(directory, ".lab/apt.conf"),
    DPKG_ROOT: directory,
    DPKG_ADMINDIR: join(directory, "var/lib/dpkg"),
    DPKG_FORCE: "not-root,script-chrootless,bad-path",
    LAB_ROOT: directory,
  };
  const run: LabHost["run"] = async (file, ...args) => {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", ...environment };
    return runFile(file, args, { env }).then(
      ({ stdout, stderr }) => ({ exitCode: 0, output: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ exitCode: code, output: stdout + stderr }),
    );
  };
  return {
    directory,
    environment,
    run,
    state: async (name) => (await run("dpkg-query", "-W", "-f", "${Version} ${db:Status-Abbrev}", name)).output.trim(),
    async kill() {
      // Stopped first, all of them: none sees another one end, and goes on.
      const found = new Set<number>();
      for (let before = -1; before !== found.size; ) {
        before = found.size;
        for (const pid of await processesOf(directory)) if (send(pid, "SIGSTOP")) found.add(pid);
      }
      for (const pid of found) send(pid, "SIGKILL");
      return found.size;
    },
  };
}

async function processesOf(directory: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const own = await Promise.all(
    pids.map(async (pid) => {
      const variables = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""); // ended, or another user's
      return pid !== process.pid && variables.split("\0").includes(`LAB_ROOT=${directory}`);
    }),
  );
  return pids.filter((_, index) => own[index]);
}

/** @returns false when it has ended meanwhile */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Holds a lock as dpkg and apt do (fcntl), in a process of its own.
 * @returns its process id, and what ends it
 */
export async function holdLock(file: string): Promise<{ pid: number; release(): Promise<void> }> {
  const code = `use Fcntl; open(F, ">>", $ARGV[0]) or die $!; my $l = pack("s s l! l! i", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLKW, $l) or die $!; $| = 1; print "held\\n"; <STDIN>`;
  const child = spawn("perl", ["-e", code, file], { stdio: ["pipe", "pipe", "inherit"] });
  const said = await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => undefined)]);
  if (said === undefined) throw new Error(`the lock ${file} couldn't be taken`);
  return {
    pid: child.pid ?? 0,
    async release() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
