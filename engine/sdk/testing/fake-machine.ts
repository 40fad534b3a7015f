import type { ErrorCode } from "../../core/errors.ts";
import type { ChosenUpdate, InstalledUpdate, InstallReport } from "../../core/install.ts";
import type { KnownUpdate } from "../../core/known-update.ts";
import type { Facts, MachineState } from "../../core/machine.ts";
import type { InstalledPackage } from "../../core/update.ts";
import type { ExecOptions, ExecResult, InstallRequest, MachineSummary, MachineUpdates, RebootResult } from "../../sandbox/ports.ts";
import type { FakeService } from "./fake-services.ts";
import type { Moment } from "./moment.ts";

/** What is done to machines. */
export const DEEDS = ["exec", "assess", "install", "reboot"] as const;
export type Deed = (typeof DEEDS)[number];

/** A machine that exists in one test. What is left out is that of an idle, patched Linux machine. */
export interface FakeMachine {
  name: string;
  scope?: string;
  state?: MachineState;
  /** Times at which it is offline besides: moments, or lengths of time from the start of the job, such as `{ from: "5m", to: "20m" }`. Without `to` it never comes back. */
  offline?: readonly { from: Moment; to?: Moment }[];
  tags?: Record<string, string>;
  facts?: Partial<Facts>;
  /** Missing updates, each at least with a name; or what the last assessment found, as a whole. */
  updates?: readonly FakeUpdate[] | Partial<Omit<MachineUpdates, "updates"> & { updates: readonly FakeUpdate[] }>;
  /** Installing changes their versions. A text is `name version`. */
  packages?: readonly (InstalledPackage | string)[];
  /** Units of systemd by name, or just how they are: `systemctl` shows and changes them. */
  services?: Readonly<Record<string, FakeService | NonNullable<FakeService["active"]>>>;
  /** Answers by the beginning of a command line, the longest that fits: `{ "df -P /": { stdout: "…" } }`. A list answers one after the other, the last one from then on. */
  programs?: Readonly<Record<string, FakeProgram | readonly FakeProgram[]>>;
  /** Answers `machine.exec` before all of these; undefined: it doesn't know. What it throws, the runbook sees. What nothing answers succeeds and prints nothing. */
  exec?: (argv: readonly string[], options: ExecOptions) => Partial<ExecResult> | undefined | Promise<Partial<ExecResult> | undefined>;
  /** What goes wrong, in order: each is used up by `times` calls (default once). */
  failures?: readonly FakeFailure[];
  /** How long things take, in job time, such as `{ install: "20m" }`; default: nothing takes time but a reboot, 30s. A program that takes longer than its timeout ends with 124. */
  takes?: Partial<Record<Deed, string | number>>;
  /** What `machine.assess` finds; without it, the same as before. */
  assess?: () => FakeMachine["updates"] | Promise<FakeMachine["updates"]>;
  /** Answers `machine.install`; without it, or where it says nothing of the updates, every update succeeds. What has succeeded isn't missing any more. */
  install?: (updates: readonly ChosenUpdate[], options: Omit<InstallRequest, "updates">) => Partial<InstallReport> | Promise<Partial<InstallReport>>;
  /** Answers `machine.reboot`; without it the machine is offline for a while and back under another boot id. */
  reboot?: (reason: string) => Partial<RebootResult> | Promise<Partial<RebootResult>>;
}

export type FakeUpdate = Partial<KnownUpdate> & { name: string };
export type FakeProgram = Partial<ExecResult> | ((argv: readonly string[], options: ExecOptions) => Partial<ExecResult> | Promise<Partial<ExecResult>>);

export interface FakeFailure {
  on: Deed;
  /** What the runbook sees. */
  code: ErrorCode;
  message?: string;
  /** Of `exec`: only command lines that begin so. */
  command?: string;
  /** Default 1. */
  times?: number;
}

export function summaryOf({ name, scope = "/", state = "online", tags = {}, facts }: FakeMachine, i: number): MachineSummary {
  const known: Facts = {
    os: "linux",
    osName: "Debian GNU/Linux 12 (bookworm)",
    distribution: "debian",
    distributionVersion: "12",
    kernel: "6.1.0",
    architecture: "x64",
    hostname: name,
    bootId: `boot-${i}`,
    addresses: [`192.0.2.${(i % 254) + 1}`],
    cpus: 2,
    memoryBytes: 4 * 1024 ** 3,
    agentVersion: "0.0.0",
  };
  return { id: `mch_${String(i).padStart(26, "0")}`, name, scope, state, tags, facts: { ...known, ...facts } };
}

export function updatesOf(given: FakeMachine["updates"] = [], now: number): MachineUpdates {
  const { updates = [], ...found } = Array.isArray(given) ? { updates: given as readonly FakeUpdate[] } : (given as Partial<MachineUpdates>);
  return {
    assessedAt: now,
    listsUpdatedAt: now,
    rebootPending: false,
    compliance: updates.length > 0 ? "noncompliant" : "compliant",
    ...found,
    updates: updates.map((update) => ({
      kind: "package",
      architecture: "amd64",
      installedVersion: "1.0",
      candidateVersion: "1.1",
      classification: "other",
      severity: "unspecified",
      origin: "Debian:12/stable",
      held: false,
      phased: false,
      rebootBehaviour: "unknown",
      cves: [],
      advisories: [],
      firstSeenAt: now,
      verdict: "approved",
      dueAt: null,
      exploitedSince: null,
      epss: null,
      ...update,
    })),
  };
}

export function packagesOf(given: FakeMachine["packages"] = []): InstalledPackage[] {
  return given.map((one) => {
    if (typeof one !== "string") return one;
    const [name = "", version = "1.0"] = one.split(/\s+/);
    return { name, version, architecture: "amd64", held: false };
  });
}

const REPORT = { packageManager: "apt", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "/var/log/runwright/test.log" };

/** What an install answers: what the test says, and for the rest that it has succeeded. */
export function reportOf(given: Partial<InstallReport> | undefined, wanted: readonly ChosenUpdate[], before: MachineUpdates): InstallReport {
  const updates = given?.updates ?? wanted.map((update) => installedBy(update, before));
  const done = new Set(updates.filter(({ status }) => status === "Succeeded").map(keyOf));
  const rebooting = before.updates.filter((update) => update.rebootBehaviour === "always" && done.has(keyOf(update)));
  return { ...REPORT, ...(rebooting.length > 0 && { rebootPending: true, rebootReasons: rebooting.map(({ name }) => name) }), ...given, updates };
}

function installedBy(update: ChosenUpdate, { updates }: MachineUpdates): InstalledUpdate {
  const fromVersion = updates.find((one) => keyOf(one) === keyOf(update))?.installedVersion ?? null;
  return { ...update, fromVersion, status: "Succeeded", message: "", startedAt: null, endedAt: null };
}

/** What was installed isn't missing any more. */
export function withoutInstalled(before: MachineUpdates, { updates, rebootPending }: Pick<InstallReport, "updates" | "rebootPending">): MachineUpdates {
  const done = new Set(updates.filter(({ status }) => status === "Succeeded").map(keyOf));
  const left = before.updates.filter((update) => !done.has(keyOf(update)));
  return { ...before, rebootPending: before.rebootPending || rebootPending, updates: left, compliance: left.length > 0 ? before.compliance : "compliant" };
}

/** Packages after an install. */
export function withInstalled(packages: readonly InstalledPackage[], { updates }: Pick<InstallReport, "updates">): InstalledPackage[] {
  const done = updates.filter(({ status }) => status === "Succeeded");
  const kept = packages.filter((one) => !done.some((update) => keyOf(update) === keyOf(one)));
  return [...kept, ...done.map(({ name, architecture, version }) => ({ name, architecture, version, held: false }))];
}

const keyOf = ({ name, architecture }: Pick<ChosenUpdate, "name" | "architecture">) => JSON.stringify([name, architecture]);
