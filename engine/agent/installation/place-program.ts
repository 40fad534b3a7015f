import { chmod, copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { Program } from "../starter/contract.ts";
import { hashOf } from "../starter/versions-directory.ts";

export interface Placed {
  /** Program and arguments that run the agent, without its own. */
  command: string[];
  /** What was copied. */
  copied: string[];
}

/** Where a program of the agent lies once it is placed, without looking. */
export function placesOf(program: Program, directory: string): { command: string[]; copies: { from: string; to: string; mode: number }[] } {
  const exe = process.platform === "win32" ? ".exe" : "";
  if (program.kind === "executable") {
    const to = join(directory, `runwright-agent${exe}`);
    return { command: [to], copies: [{ from: program.path, to, mode: 0o755 }] };
  }
  const starter = join(directory, "agent-start.mjs");
  const copies = [
    { from: program.starter, to: starter, mode: 0o644 },
    { from: program.agent, to: join(directory, "agent.cjs"), mode: 0o644 },
  ];
  // A Node that belongs to the system is updated with it. One that lies in a project goes when that goes.
  if (!program.node.split(sep).includes("node_modules")) return { command: [program.node, starter], copies };
  const node = join(directory, `node${exe}`);
  return { command: [node, starter], copies: [...copies, { from: program.node, to: node, mode: 0o755 }] };
}

/** Copies the program to where the service runs it from. What is there already and the same stays, so that doing it again changes nothing. */
export async function placeProgram(program: Program, directory: string): Promise<Placed> {
  const { command, copies } = placesOf(program, directory);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const copied: string[] = [];
  for (const { from, to, mode } of copies) {
    if (resolve(from) === resolve(to) || (await isSame(from, to))) continue;
    const draft = `${to}.new`;
    try {
      await copyFile(from, draft);
      await chmod(draft, mode);
      await rename(draft, to); // also while the old one runs
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    copied.push(to);
  }
  return { command, copied };
}

async function isSame(from: string, to: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(from), stat(to).catch(() => undefined)]); // not there: it is copied
  if (b === undefined || a.size !== b.size) return false;
  const [left, right] = await Promise.all([readFile(from), readFile(to)]);
  return hashOf(left) === hashOf(right);
}
