/**
 * Frees space where a file system is nearly full: from the safest step upward, and no further than needed. Fails where that isn't enough, and says what takes the space.
 *
 *     runwright run free-disk-space -p select="os=linux" -p mode=report
 *     runwright run free-disk-space -p machine=db-1 -p mounts='[{"path":"/var","freePercent":20}]'
 */
import { type Machine, runbook, Type } from "runwright";
import { stepsOf } from "./disk-steps.ts";
import { eachMachine, narrowed, printed, some } from "./each-machine.ts";

export default runbook({
  summary: "Free disk space where little is left, from the safest step upward",
  parameters: Type.Object({
    select: Type.String({ default: "all", minLength: 1, description: "Which machines, such as tag:role=web" }),
    machine: Type.Optional(Type.String({ pattern: "^[^\\s*,=!]+$", maxLength: 253, description: "This machine only" })),
    mode: Type.Union([Type.Literal("clean"), Type.Literal("report")], { default: "clean", description: "report: measures, and removes nothing" }),
    mounts: Type.Array(
      Type.Object({
        path: Type.String({ pattern: "^/", description: "Mount point, or any path on the file system" }),
        freePercent: Type.Optional(Type.Number({ minimum: 0, maximum: 99 })),
        freeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
      { default: [{ path: "/" }], minItems: 1, maxItems: 50, description: "Each may have a goal of its own: so many percent, or bytes, free" },
    ),
    freePercent: Type.Number({ default: 15, minimum: 0, maximum: 99, description: "Goal of mounts without one of their own" }),
    journal: Type.String({ default: "200M", pattern: "^[0-9]+[KMGT]?$", description: "What journald may keep" }),
    logFolders: Type.Array(Type.String({ pattern: "^/" }), { default: ["/var/log"], description: "Where rotated logs lie" }),
    rotatedLogs: Type.Array(Type.String({ pattern: "^[^/]*[A-Za-z0-9][^/]*$" }), {
      default: ["*.gz", "*.xz", "*.zst", "*.bz2", "*.log.[0-9]", "*.log.[0-9][0-9]", "syslog.[0-9]", "messages-2[0-9]*"],
      description: "Names of logs that nobody writes to any more",
    }),
    logDays: Type.Integer({ default: 7, minimum: 1, description: "Rotated logs stay so long after they were last written" }),
    temporaryDays: Type.Optional(
      Type.Integer({ minimum: 1, description: "Also removes files below /tmp and /var/tmp that nobody has read or changed for so long; without it they stay" }),
    ),
    atOnce: Type.Integer({ default: 5, minimum: 1, maximum: 50, description: "Machines at one time" }),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] } },
  limits: { timeout: "4h", hostCalls: 100_000 },
  concurrency: { key: (p) => (p.machine ?? p.select).slice(0, 200), limit: 1, overflow: "skip" },
  async run({ params, machines, log, output, progress }) {
    const selector = narrowed(params.select, params.machine);
    const targets = await machines.select(selector);
    if (targets.length === 0) throw new Error(`no Linux machine that this runbook may see matches "${selector}"`);
    const outcomes = await eachMachine(
      targets,
      params.atOnce,
      (machine) => freeMachine(machine, params),
      (outcome, fraction) => {
        if (outcome.ok) for (const mount of outcome.result) (mount.reached ? log.info : log.warning)(`${outcome.machine}: ${sentence(mount)}`);
        else log.error(`${outcome.machine}: ${outcome.error}`);
        progress(fraction, outcome.machine);
      },
    );
    output({
      mode: params.mode,
      rows: outcomes.map((one) => (one.ok ? { machine: one.machine, mounts: one.result } : { machine: one.machine, error: one.error })),
    });
    const short = outcomes.flatMap((one) => (one.ok ? one.result.filter(({ reached }) => !reached).map((mount) => `${one.machine} ${sentence(mount)}`) : []));
    const broken = outcomes.flatMap((one) => (one.ok ? [] : [`${one.machine}: ${one.error}`]));
    const problems = [...(params.mode === "clean" ? short : []), ...broken];
    if (problems.length > 0) throw new Error(some(problems, 5));
  },
});

type Target = Machine<"exec">;

interface Params {
  mode: "clean" | "report";
  mounts: { path: string; freePercent?: number; freeBytes?: number }[];
  freePercent: number;
  journal: string;
  logFolders: string[];
  rotatedLogs: string[];
  logDays: number;
  temporaryDays?: number;
}

interface Mount {
  path: string;
  freeBytes: number;
  /** As df counts it: what root alone may use counts as used. */
  freePercent: number;
  wantedBytes: number;
  reached: boolean;
  /** What was done, or in a report what could be; bytes as df, or for a report as du and find see them. */
  steps: { step: string; bytes: number; problem?: string }[];
  /** What takes most space, when the goal wasn't reached. */
  largest?: string[];
}

/** In turn, as several paths may lie on one file system. */
async function freeMachine(machine: Target, params: Params): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const wanted of params.mounts) mounts.push(await freeMount(machine, wanted, params));
  return mounts;
}

async function freeMount(machine: Target, wanted: Params["mounts"][number], params: Params): Promise<Mount> {
  let now = await measure(machine, wanted.path);
  const wantedBytes = wanted.freeBytes ?? Math.ceil((now.size * (wanted.freePercent ?? params.freePercent)) / 100);
  const steps: Mount["steps"] = [];
  const reached = () => now.free >= wantedBytes;
  for (const step of params.mode === "clean" && reached() ? [] : stepsOf(params)) {
    // What lies on another file system frees nothing here.
    const place = await measure(machine, step.path).catch((error: Error & { code?: string }) => {
      if (error.code !== undefined) throw error; // not df, but the machine
      return undefined;
    });
    if (place?.mount !== now.mount) continue;
    if (params.mode === "report") {
      const { exitCode, stdout, stderr } = await machine.exec(step.size, { timeout: "15m" });
      const bytes = Number(/^\d+/.exec(stdout.trim())?.[0] ?? 0);
      steps.push(exitCode === 0 ? { step: step.name, bytes } : { step: step.name, bytes, problem: stderr.trim().slice(-200) });
      continue;
    }
    // A step that fails, such as a package manager at work, leaves it to the next ones.
    const problem = await machine.exec(step.clean, { timeout: "15m" }).then(
      ({ exitCode, stderr }) => (exitCode === 0 ? undefined : `ended with ${exitCode}: ${stderr.trim().slice(-200)}`),
      (error: Error) => error.message,
    );
    const before = now.free;
    now = await measure(machine, wanted.path);
    steps.push({ step: step.name, bytes: Math.max(0, now.free - before), ...(problem === undefined ? {} : { problem }) });
    if (reached()) break;
  }
  const freePercent = now.size === 0 ? 100 : Math.floor((now.free / now.size) * 1_000) / 10;
  const mount: Mount = { path: wanted.path, freeBytes: now.free, freePercent, wantedBytes, reached: reached(), steps };
  return mount.reached ? mount : { ...mount, largest: await largest(machine, now.mount) };
}

interface Measured {
  mount: string;
  /** Bytes that are used or free: without root's reserve. */
  size: number;
  free: number;
}

/** In the form of POSIX, which every df has: file system, 1024-byte blocks, used, available, percent, mount point. */
async function measure(machine: Target, path: string): Promise<Measured> {
  const text = await printed(machine, ["df", "-P", "-k", path], { timeout: "1m" });
  const [, used, free, mount] = /\s(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(text.trimEnd().split("\n").at(-1) ?? "") ?? [];
  if (mount === undefined) throw new Error(`df says nothing of ${path}: ${text.trim().slice(0, 200)}`);
  const bytes = Math.max(0, Number(free) * 1_024);
  return { mount, free: bytes, size: Number(used) * 1_024 + bytes };
}

/** Folders by what lies in them, on this file system alone. */
async function largest(machine: Target, mount: string): Promise<string[]> {
  const script = 'nice -n 19 du -x -k -d 3 -- "$1" 2>/dev/null | sort -rn | head -n 12';
  const found = await machine.exec(["sh", "-c", script, "sh", mount], { timeout: "15m" });
  return found.stdout.split("\n").flatMap((line) => {
    const [, kilobytes, path] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    return path === undefined || path === mount ? [] : [`${path} ${shown(Number(kilobytes) * 1_024)}`];
  });
}

function sentence({ path, freeBytes, freePercent, wantedBytes, reached, steps, largest = [] }: Mount): string {
  const done = steps.filter(({ bytes }) => bytes > 0).map(({ step, bytes }) => `${step} ${shown(bytes)}`);
  const parts = [`${path} has ${shown(freeBytes)} free (${freePercent} %)`, ...(done.length > 0 ? [done.join(", ")] : [])];
  if (!reached) parts.push(`wanted ${shown(wantedBytes)}`);
  if (largest.length > 0) parts.push(`most is in ${largest.slice(0, 3).join(", ")}`);
  return parts.join("; ");
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

function shown(bytes: number): string {
  const power = bytes < 1_024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[power]}`;
}
