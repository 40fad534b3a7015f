import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRig } from "../sandbox/rig.ts";
import type { Cut } from "./guards.ts";
import { weakened } from "./weakened.ts";

/** What native code in a runner found: 0 where it succeeded, else the error's number. */
export interface Findings {
  uid: number;
  signal: number;
  trace: number;
  memory: number;
  secret: number;
  bystander: number;
  write: number;
  connect: number;
  named: number;
  root: number;
  namespace: number;
  mount: number;
  raw: number;
  /** Processes in sight besides its own. */
  others: number;
  /** Descriptors that lead to files. */
  files: number;
}

/** What it is aimed at, as environment variables. */
export type Targets = Record<"ENGINE" | "SECRET" | "BYSTANDER" | "PLACE" | "TARGET_PORT" | "NAMED", string>;

export interface Report {
  holds: readonly string[];
  warnings: readonly string[];
  /** What the log said when the sandbox was started. */
  said: readonly string[];
  findings: Findings;
}

const SOURCE = join(import.meta.dirname, "native-intruder.c");

/** @returns undefined where there is no C compiler */
export function compileIntruder(folder: string): string | undefined {
  const file = join(folder, "intruder.node");
  const { status, error, stderr } = spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", file, SOURCE], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(stderr);
  return file;
}

const without = (what: string): Cut => {
  const place = "const { program, args, env } = command;";
  return {
    file: "sandbox/boundary.ts",
    find: place,
    put: `${place}\n  if ([program, ...args].some((word) => word.includes(${JSON.stringify(what)}))) return false;`,
  };
};
/** Computers that allow less than the one on which the tests run. */
export const KERNELS = {
  "this computer": [],
  "a computer that allows no new /proc": [without("mount -t proc")],
  "a computer that allows no mounts": [without("chroot")],
  "a computer with no place to mount": [
    {
      file: "sandbox/boundary.ts",
      find: 'const MOUNT_POINTS = ["/mnt", "/media", "/srv", "/opt", "/var/empty", "/home"];',
      put: 'const MOUNT_POINTS = ["/nowhere"];',
    },
  ],
  "a computer that allows no namespaces": [without("unshare")],
} as const satisfies Record<string, readonly Cut[]>;
export type Kernel = keyof typeof KERNELS;

/** Loads the intruder into a runner as the engine starts it: the same command, flags, user and walls. Only the file itself has to be readable besides. */
export async function intrude(intruder: string, targets: Targets, kernel: Kernel): Promise<Report> {
  const readable = { file: "sandbox/launch.ts", find: '"/etc/alpine-release"]', put: `"/etc/alpine-release", ${JSON.stringify(intruder)}]` };
  const copy = await weakened([readable, ...KERNELS[kernel]], "owned");
  const rig = createRig({ runners: 1, create: copy.createSandbox });
  try {
    await rig.sandbox.ready();
    const bundle = `(async ({ emit, start }) => {
      const { intruder, targets } = JSON.parse(start.params);
      Object.assign(process.env, targets);
      try { process.dlopen({ exports: {} }, intruder); } catch (error) { await emit("log", { level: "info", message: String(error) }); }
      await emit("output", JSON.parse(process.env.FINDINGS ?? "null"));
    })`;
    const bundleHash = createHash("sha256").update(bundle).digest("hex");
    const { ending, outputs, logs } = await rig.finish("", { params: { intruder, targets }, attempt: { bundle, bundleHash, sourceMap: null } });
    const [findings] = outputs as (Findings | null | undefined)[];
    if (!findings) throw new Error(`the intruder wasn't loaded: ${JSON.stringify(ending)} ${logs.join("; ")}`);
    const { holds, warnings } = rig.sandbox.describe().boundary;
    return { holds, warnings, said: rig.warnings, findings };
  } finally {
    await rig.stop();
    copy.remove();
  }
}

// Run by itself (as another user): intruder, targets and kernel are its arguments, the report goes to standard output.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , intruder = "", targets = "{}", kernel] = process.argv;
  console.log(JSON.stringify(await intrude(intruder, JSON.parse(targets) as Targets, kernel as Kernel)));
}
