import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { probeBoundary } from "../../engine/sandbox/boundary.ts";

/** What an intruder with native code in a runner finds; see boundary-intruder.mjs. */
export interface Findings {
  uid: number;
  signal: string;
  secret: string;
  listing: string;
  bystander: string;
  connect: string;
  processes: number;
  write: string;
  capabilities: string;
}

export interface Targets {
  enginePid: number;
  secretFile: string;
  /** A file that everybody may read. */
  bystanderFile: string;
  port: number;
}

export interface Report {
  holds: readonly string[];
  warnings: readonly string[];
  findings: Findings;
}

const HERE = dirname(fileURLToPath(import.meta.url));

/** Puts the intruder where a runner would be: the same wall, the same start as root, but without Node's permissions, because native code doesn't ask them. */
export async function intrude(targets: Targets): Promise<Report> {
  const privileges = fileURLToPath(new URL("../../engine/sandbox/runner/privileges.ts", import.meta.url));
  const boundary = probeBoundary([`${HERE}/boundary-intruder.mjs`, privileges]);
  const command = boundary.wrap(
    { program: process.execPath, args: [`${HERE}/boundary-intruder.mjs`, JSON.stringify(targets), privileges], env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
    [`${HERE}/boundary-intruder.mjs`, privileges],
    7,
  );
  const child = spawn(command.program, command.args, { env: command.env, cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
  const output = (await child.stdout.toArray()).join("");
  return { holds: boundary.holds, warnings: boundary.warnings, findings: JSON.parse(output) as Findings };
}

// Run by itself (as another user): the targets are the first argument, the report goes to standard output.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await intrude(JSON.parse(process.argv[2] ?? "{}") as Targets)));
