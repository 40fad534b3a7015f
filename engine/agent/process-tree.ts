import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/** Every process that a command starts inherits this variable: by it those are found that left their parent and their session. */
export const MARKER = "RUNWRIGHT_COMMAND";

/** Interrupting one of these leaves packages half configured: it is never killed, nor is what it has started. */
const PACKAGE_MANAGERS = new Set([
  "apt",
  "apt-get",
  "aptitude",
  "dpkg",
  "dpkg-deb",
  "unattended-upgrade",
  "rpm",
  "dnf",
  "dnf-3",
  "dnf5",
  "yum",
  "zypper",
  "pacman",
  "apk",
]);
const ROUNDS = 20;

interface Process {
  pid: number;
  parent: number;
  group: number;
  program: string;
}

/** What is left of a command's process tree. */
export interface Tree {
  /** May be killed. */
  pids: number[];
  /** Package managers at work and what they started, such as `apt-get (1234)`. */
  spared: string[];
}

/**
 * Finds what a command has started: its process group, everything below it, and what carries its mark.
 * Linux only (it reads /proc); elsewhere there is just the process itself.
 */
export async function findTree(root: number, commandId: string): Promise<Tree> {
  const processes = await listProcesses();
  const marked = new Set((await Promise.all(processes.map(async ({ pid }) => ((await isMarked(pid, commandId)) ? pid : 0)))).filter(Boolean));
  const inTree = new Set<number>();
  const spared = new Map<number, string>();
  // Parents may come after their children in the list: repeat until nothing is added.
  for (let size = -1; size !== inTree.size + spared.size; ) {
    size = inTree.size + spared.size;
    for (const { pid, parent, group, program } of processes) {
      if (pid === process.pid) continue;
      const belongs = pid === root || group === root || marked.has(pid) || inTree.has(parent) || spared.has(parent);
      if (!belongs) continue;
      if (PACKAGE_MANAGERS.has(program) || spared.has(parent)) {
        spared.set(pid, `${program} (${pid})`);
        inTree.delete(pid);
      } else if (!spared.has(pid)) inTree.add(pid);
    }
  }
  return { pids: [...inTree], spared: [...spared.values()] };
}

/** Kills until nothing is found any more: a process may have forked in between. @returns what was spared */
export async function killTree(root: number, commandId: string): Promise<string[]> {
  if (process.platform !== "linux") {
    signal(-root, "SIGKILL");
    return [];
  }
  for (let round = 1; ; round++) {
    const { pids, spared } = await findTree(root, commandId);
    if (pids.length === 0 || round === ROUNDS) return spared;
    for (const pid of pids) signal(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Asks politely: every process of the tree gets SIGTERM once. */
export async function askToEnd(root: number, commandId: string): Promise<void> {
  if (process.platform !== "linux") return signal(-root, "SIGTERM");
  for (const pid of (await findTree(root, commandId)).pids) signal(pid, "SIGTERM");
}

/** Package managers that run on this machine, whoever started them, such as `apt-get (1234)`. Linux only; elsewhere none is seen. */
export async function packageManagersAtWork(): Promise<string[]> {
  const processes = await listProcesses();
  return processes.filter(({ program }) => PACKAGE_MANAGERS.has(program)).map(({ pid, program }) => `${program} (${pid})`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile (ESRCH), or belongs to another user (EPERM): neither can be changed here.
  }
}

async function listProcesses(): Promise<Process[]> {
  const names = await readdir("/proc").catch(() => []); // no /proc: not Linux
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return found.filter((one) => one !== undefined);
}

/** proc(5): the program's name stands in parentheses and may hold anything; what follows is `state ppid pgrp session …`. */
async function readProcess(pid: string): Promise<Process | undefined> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    const end = line.lastIndexOf(")");
    const [state, parent, group] = line.slice(end + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const executable = await readlink(`/proc/${pid}/exe`).catch(() => line.slice(line.indexOf("(") + 1, end));
    return { pid: Number(pid), parent: Number(parent), group: Number(group), program: basename(executable.replace(/ \(deleted\)$/, "")) };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

async function isMarked(pid: number, commandId: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""); // another user's, or ended
  return `\0${environment}\0`.includes(`\0${MARKER}=${commandId}\0`);
}
