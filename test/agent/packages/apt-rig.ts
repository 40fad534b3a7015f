import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChangeContext, PackageAdapter, PackageChanges } from "../../../engine/agent/packages/adapter.ts";
import { createApt } from "../../../engine/agent/packages/apt.ts";
import { changeRunner } from "../../../engine/agent/packages/change-program.ts";
import { programRunner } from "../../../engine/agent/packages/program.ts";
import { systemClock } from "../../../engine/clock.ts";
import type { ChosenUpdate } from "../../../engine/core/install.ts";
import type { LabHost } from "../../support/lab.ts";

/** The adapter of a real host of the lab, in an environment that the machine's owner may have. */
export function aptOn(host: LabHost, environment: Record<string, string> = {}): PackageAdapter & { change: PackageChanges } {
  const all = { ...environment, ...host.environment };
  const apt = createApt({ clock: systemClock, run: programRunner(all), change: changeRunner(all), root: host.directory, lockPauseMs: 20 });
  if (apt.change === undefined) throw new Error("apt can change packages");
  return { ...apt, change: apt.change };
}

export function changing(host: LabHost, more: Partial<ChangeContext> = {}): ChangeContext & { said(): Promise<string> } {
  const logFile = join(host.directory, "agent.log");
  return { signal: new AbortController().signal, log: () => {}, logFile, lockTimeoutMs: 0, ...more, said: () => readFile(logFile, "utf8") };
}

export const all = (name: string, version = "1.1-1"): ChosenUpdate => ({ name, architecture: "all", version });
