import { RunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate, InstalledUpdate, InstallReport } from "../../core/install.ts";
import type { KnownUpdate } from "../../core/known-update.ts";
import { changedTags, type Facts, type MachineState } from "../../core/machine.ts";
import { parseSelector, selectorMatches } from "../../core/selector.ts";
import type { InstalledPackage } from "../../core/update.ts";
import type { ExecOptions, ExecResult, FleetPort, InstallRequest, MachineSummary, MachineUpdates, RebootResult } from "../../sandbox/ports.ts";

/** A machine that exists in one test. What is left out is that of an idle, patched Linux machine. */
export interface FakeMachine {
  name: string;
  scope?: string;
  state?: MachineState;
  tags?: Record<string, string>;
  facts?: Partial<Facts>;
  /** Missing updates, each at least with a name; or what the last assessment found, as a whole. */
  updates?: readonly FakeUpdate[] | Partial<Omit<MachineUpdates, "updates"> & { updates: readonly FakeUpdate[] }>;
  packages?: readonly InstalledPackage[];
  /** Answers `machine.exec`; what it throws, the runbook sees. Without it every program succeeds and prints nothing. */
  exec?: (argv: readonly string[], options: ExecOptions) => Partial<ExecResult> | Promise<Partial<ExecResult>>;
  /** What `machine.assess` finds; without it, the same as before. */
  assess?: () => FakeMachine["updates"] | Promise<FakeMachine["updates"]>;
  /** Answers `machine.install`; without it, or where it says nothing of the updates, every update succeeds. What has succeeded isn't missing any more. */
  install?: (updates: readonly ChosenUpdate[], options: Omit<InstallRequest, "updates">) => Partial<InstallReport> | Promise<Partial<InstallReport>>;
  /** Answers `machine.reboot`; without it the machine is back under another boot id. */
  reboot?: (reason: string) => Partial<RebootResult> | Promise<Partial<RebootResult>>;
}

export type FakeUpdate = Partial<KnownUpdate> & { name: string };

export function fakeFleet(machines: readonly FakeMachine[], now: () => number): FleetPort {
  const records = machines.map((machine, i) => ({ machine, summary: summaryOf(machine, i), updates: updatesOf(machine.updates, now()) }));
  const find = (id: string) => {
    const record = records.find(({ summary }) => summary.id === id);
    if (record === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine ${id} in this test`);
    return record;
  };
  const requireOnline = (id: string) => {
    const record = find(id);
    const { name, state } = record.summary;
    if (state !== "online") throw new RunwrightError("AGENT_OFFLINE", `${name} is ${state}`);
    return record;
  };
  return {
    async select({ selectors }) {
      const parsed = selectors.map(parseSelector);
      const found = records.filter(({ summary }) => parsed.every((selector) => selectorMatches(selector, summary)));
      return found.map(({ summary }) => summary).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    updates: async (id) => find(id).updates,
    packages: async (id) => find(id).machine.packages ?? [],
    async exec(_command, id, argv, options) {
      const { machine } = requireOnline(id);
      return { exitCode: 0, stdout: "", stderr: "", truncated: false, ...(await machine.exec?.(argv, options)) };
    },
    async assess(_command, id) {
      const record = requireOnline(id);
      if (record.machine.assess) record.updates = updatesOf(await record.machine.assess(), now());
      else record.updates = { ...record.updates, assessedAt: now() };
      return record.updates;
    },
    async install(_command, id, { updates, ...options }) {
      const record = requireOnline(id);
      const given = await record.machine.install?.(updates, options);
      const report = { ...REPORT, ...given, updates: given?.updates ?? updates.map((update) => installedBy(update, record.updates)) };
      record.updates = withoutInstalled(record.updates, report);
      return report;
    },
    async reboot(_command, id, { reason }) {
      const record = requireOnline(id);
      const bootIdBefore = record.summary.facts?.bootId ?? "";
      const report = { bootIdBefore, bootId: `${bootIdBefore}+`, downMs: 30_000, ...(await record.machine.reboot?.(reason)) };
      if (record.summary.facts) record.summary = { ...record.summary, facts: { ...record.summary.facts, bootId: report.bootId } };
      record.updates = { ...record.updates, rebootPending: false };
      return report;
    },
    async setTags(_call, id, changes) {
      const record = find(id);
      record.summary = { ...record.summary, tags: changedTags(record.summary.tags, changes) };
    },
  };
}

function summaryOf({ name, scope = "/", state = "online", tags = {}, facts }: FakeMachine, i: number): MachineSummary {
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

function updatesOf(given: FakeMachine["updates"] = [], now: number): MachineUpdates {
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

const REPORT = { packageManager: "apt", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "/var/log/runwright/test.log" };

function installedBy(update: ChosenUpdate, { updates }: MachineUpdates): InstalledUpdate {
  const { name, architecture } = update;
  const fromVersion = updates.find((one) => one.name === name && one.architecture === architecture)?.installedVersion ?? null;
  return { ...update, fromVersion, status: "Succeeded", message: "", startedAt: null, endedAt: null };
}

/** What was installed isn't missing any more. */
function withoutInstalled(before: MachineUpdates, { updates, rebootPending }: Pick<InstallReport, "updates" | "rebootPending">): MachineUpdates {
  const keyOf = ({ name, architecture }: Pick<ChosenUpdate, "name" | "architecture">) => JSON.stringify([name, architecture]);
  const done = new Set(updates.filter(({ status }) => status === "Succeeded").map(keyOf));
  const left = before.updates.filter((update) => !done.has(keyOf(update)));
  return { ...before, rebootPending: before.rebootPending || rebootPending, updates: left, compliance: left.length > 0 ? before.compliance : "compliant" };
}
