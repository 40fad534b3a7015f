import { readFile } from "node:fs/promises";
import { arch, cpus, hostname, networkInterfaces, platform, release, totalmem } from "node:os";
import type { Facts } from "../core/machine.ts";
import { zoneProblem } from "../core/schedule/zone.ts";
import { bootId } from "./boot-id.ts";

const OS: Partial<Record<NodeJS.Platform, Facts["os"]>> = { linux: "linux", win32: "windows", darwin: "macos" };

/** What the machine is, asked anew each time: addresses and host name change while it runs. */
export async function collectFacts(agentVersion: string, bootOf: () => Promise<string> = bootId): Promise<Facts> {
  const { PRETTY_NAME, ID, VERSION_ID } = parseOsRelease(await firstOf("/etc/os-release", "/usr/lib/os-release"));
  const os = OS[platform()] ?? "other";
  return {
    os,
    osName: short(PRETTY_NAME ?? `${platform()} ${release()}`),
    distribution: short(ID ?? os),
    distributionVersion: short(VERSION_ID ?? ""),
    kernel: short(release()),
    architecture: arch(),
    hostname: short(hostname()),
    bootId: short(await bootOf()),
    addresses: addresses(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    agentVersion: short(agentVersion),
    ...ownTimeZone(),
  };
}

/** As ICU has read it when the agent started: a machine whose zone is changed tells it after the agent's next start. What isn't a zone, such as `Etc/Unknown`, is left out. */
function ownTimeZone(): Pick<Facts, "timeZone"> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return zoneProblem(timeZone) === undefined ? { timeZone } : {};
}

/** os-release(5): shell-like assignments; values may be quoted, with backslash escapes inside double quotes. */
export function parseOsRelease(text: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const line of text.split("\n")) {
    const [, name, raw] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || raw === undefined) continue;
    const [, double, single] = /^(?:"(.*)"|'(.*)')$/.exec(raw) ?? [];
    values[name] = double?.replace(/\\(["$`\\])/g, "$1") ?? single ?? raw;
  }
  return values;
}

/** Addresses by which others may reach the machine: no loopback, no link-local ones. */
function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
    .slice(0, 256);
}

async function firstOf(...paths: string[]): Promise<string> {
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => undefined); // other systems don't have it
    if (text !== undefined) return text;
  }
  return "";
}

const short = (text: string): string => text.slice(0, 256);
