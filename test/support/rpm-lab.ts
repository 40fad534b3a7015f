import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { eventually } from "./eventually.ts";
import { canMount } from "./lab-machine.ts";
import { skip } from "./skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

const LAB = join(import.meta.dirname, "../lab");
const PROJECT = join(import.meta.dirname, "../..");
const DRIVER = join(import.meta.dirname, "../agent/packages/rpm-driver.ts");
const runFile = promisify(execFile);
const script = (name: string, ...args: string[]) => runFile("bash", [join(LAB, name), ...args], { maxBuffer: 16 * 1024 * 1024 });

/** Before each answer of the driver in a host's output. */
export const ANSWER_MARK = "runwright-answer: ";
/** On the host: what package managers have written. */
export const LOG_FILE = "/agent.log";

export interface RpmAnswer {
  value?: unknown;
  error?: { code: string; message: string };
}

export interface Ended {
  exitCode: number | null;
  output: string;
  answers: RpmAnswer[];
}

export interface RpmHost {
  /** Its root directory: paths of the host lie below it. */
  directory: string;
  /**
   * Runs a shell script on the host as its root, from process 1 on: nothing that it starts outlives it. `agent dnf inventory` in it does what an agent would
   * (rpm-driver.ts). Never rejects for an exit code.
   */
  shell(text: string, options?: { environment?: Readonly<Record<string, string>> }): Promise<Ended>;
  /** The same for one word of the driver. @throws when it has no answer */
  agent(...words: string[]): Promise<RpmAnswer>;
  /** Starts a script; `powerCut` kills every process of the host at once, and the next one is started after a boot. */
  start(text: string): { until(pattern: RegExp): Promise<void>; powerCut(): Promise<void> };
  /** A file of the host as text; empty: it isn't there. */
  read(path: string): Promise<string>;
}

export interface RpmLab {
  /** The repository, as a folder; whoever changes it makes a copy first. */
  repository(): string;
  /** A new host with outdated packages, removed after the test. */
  host(options?: { repository?: string; url?: string }): Promise<RpmHost>;
}

let built: Promise<string> | undefined;

/** Real rpm, dnf and zypper on throw-away hosts (test/lab). For a `describe`: it skips its tests where these can't be. */
export function useRpmLab(...programs: readonly string[]): RpmLab {
  let repository: string | undefined;
  const homes: TemporaryDirectory[] = [];
  before(async function (this: Context) {
    this.timeout(120_000);
    const missing = ["bash", "rpm", "rpmbuild", "createrepo_c", ...programs].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
    if (missing.length > 0) skip(this, `the lab of rpm hosts needs ${missing.join(", ")}`);
    if (!canMount()) skip(this, "rpm hosts need root, or a kernel that lets users make user namespaces with overlay file systems");
    built ??= buildRepository();
    repository = await built;
  });
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.remove();
  });
  const ready = () => {
    if (repository === undefined) throw new Error("the lab is there for tests and hooks of the describe that uses it");
    return repository;
  };
  return {
    repository: ready,
    async host({ repository: from = ready(), url } = {}) {
      const home = await temporaryDirectory();
      homes.push(home);
      const directory = join(home.path, "rpm1");
      await script("make-rpm-host.sh", "-r", from, ...(url === undefined ? [] : ["-b", url]), directory);
      return rpmHost(directory, from);
    },
  };
}

/** Once for all tests of this process. */
async function buildRepository(): Promise<string> {
  const { path } = await temporaryDirectory();
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  await script("build-rpm-repo.sh", join(path, "rpm-repo"));
  return join(path, "rpm-repo");
}

function rpmHost(directory: string, repository: string): RpmHost {
  const binds = [repository, PROJECT, dirname(process.execPath)].filter((path) => existsSync(path) && !path.startsWith("/usr/"));
  let isBoot = false;
  const command = (text: string, environment: Readonly<Record<string, string>> = {}) => {
    const boot = isBoot ? ["-B"] : [];
    isBoot = false;
    const variables = { LAB_SLOW_SECONDS: "1", ...environment };
    const prelude = `agent() { "${process.execPath}" "${DRIVER}" "$@"; }\n`;
    return [
      ...[join(LAB, "on-host.sh"), "-m", "overlay", ...boot, ...binds.flatMap((path) => ["-b", path])],
      ...Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
      ...[directory, "--", "bash", "-c", prelude + text],
    ];
  };
  const shell: RpmHost["shell"] = async (text, { environment } = {}) => {
    const child = spawn("bash", command(text, environment), { stdio: ["ignore", "pipe", "pipe"] });
    return ended(child);
  };
  return {
    directory,
    shell,
    read: (path) => readFile(join(directory, path), "utf8").catch(() => ""),
    async agent(...words) {
      const { answers, output } = await shell(`agent ${words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`);
      const [answer] = answers;
      if (answer === undefined) throw new Error(`no answer: ${output}`);
      return answer;
    },
    start(text) {
      const child = spawn("bash", command(text), { stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
      return {
        async until(pattern) {
          await eventually(`${pattern}`, () => pattern.test(output) || child.exitCode !== null, 30_000);
          if (!pattern.test(output)) throw new Error(`it ended without ${pattern}: ${output}`);
        },
        async powerCut() {
          isBoot = true;
          child.kill("SIGKILL");
          await once(child, "close");
        },
      };
    },
  };
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const [exitCode] = (await once(child, "close")) as [number | null];
  const answers = output.split("\n").flatMap((line): RpmAnswer[] => (line.startsWith(ANSWER_MARK) ? [JSON.parse(line.slice(ANSWER_MARK.length))] : []));
  return { exitCode, output, answers };
}
