import { type CallId, callKey } from "../../core/call-id.ts";
import { RunwrightError } from "../../core/errors.ts";
import { changedTags, type MachineState } from "../../core/machine.ts";
import { allOf, parseSelector, selectorMatches } from "../../core/selector.ts";
import type { InstalledPackage } from "../../core/update.ts";
import type { ExecOptions, ExecResult, FleetPort, MachineSummary, MachineUpdates } from "../../sandbox/ports.ts";
import { type Deed, type FakeFailure, type FakeMachine, packagesOf, reportOf, summaryOf, updatesOf, withInstalled, withoutInstalled } from "./fake-machine.ts";
import { fakeReport } from "./fake-report.ts";
import { fakeServices, type ServiceState, type Services } from "./fake-services.ts";
import type { JobLife } from "./job-time.ts";
import { lengthOf, type Moment, momentOf } from "./moment.ts";

/** What a machine was told to do. */
export interface SentCommand {
  machine: string;
  action: Deed | "setTags";
  /** `systemctl restart nginx`, `install openssl 1.1`, `reboot: a new kernel`. */
  text: string;
  /** Of `exec`. */
  argv?: readonly string[];
  /** Job time, Unix milliseconds. */
  at: number;
}

/** How a machine is, now or at the end. */
export interface MachineNow {
  state: MachineState;
  tags: Readonly<Record<string, string>>;
  packages: readonly InstalledPackage[];
  updates: MachineUpdates;
  services: Readonly<Record<string, ServiceState>>;
  reboots: number;
}

export interface FakeFleet extends FleetPort {
  readonly sent: readonly SentCommand[];
  now(): Record<string, MachineNow>;
  /** From now on, until it is set again; undefined: as the test has said. */
  setState(name: string, state: MachineState | undefined): void;
}

const REBOOT_TAKES = "30s";
/** Of a program that its time limit ended, as the fleet has it. */
const TIMED_OUT: ExecResult = { exitCode: 124, stdout: "", stderr: "", truncated: false };

interface Machine {
  given: FakeMachine;
  summary: MachineSummary;
  updates: MachineUpdates;
  packages: readonly InstalledPackage[];
  services: Services | undefined;
  failures: { given: FakeFailure; left: number }[];
  /** Answers used up, by program. */
  answered: Map<string, number>;
  reboots: number;
  isRebooting: boolean;
  set: MachineState | undefined;
}

/** Machines of one test. Each command is done once for its call, also when the job is interrupted meanwhile and asks again. */
export function fakeFleet(given: readonly FakeMachine[], life: JobLife): FakeFleet {
  const start = life.now();
  const machines = given.map(
    (one, i): Machine => ({
      given: one,
      summary: summaryOf(one, i),
      updates: updatesOf(one.updates, start),
      packages: packagesOf(one.packages),
      services: one.services && fakeServices(one.services),
      failures: (one.failures ?? []).map((failure) => ({ given: failure, left: failure.times ?? 1 })),
      ...{ answered: new Map(), reboots: 0, isRebooting: false, set: undefined },
    }),
  );
  const sent: SentCommand[] = [];
  const done = new Map<string, Promise<unknown>>();

  const stateOf = (machine: Machine): MachineState => {
    if (machine.set !== undefined) return machine.set;
    if (machine.isRebooting || (machine.given.offline ?? []).some((period) => isWithin(period, start, life.now()))) return "offline";
    return machine.summary.state;
  };
  const shown = (machine: Machine): MachineSummary => ({ ...machine.summary, state: stateOf(machine) });
  /** By name. */
  function matching(selectors: readonly string[]): Machine[] {
    const parsed = selectors.map(parseSelector);
    const found = machines.filter((machine) => parsed.every((selector) => selectorMatches(selector, shown(machine))));
    return found.sort((a, b) => (a.summary.name < b.summary.name ? -1 : 1));
  }
  const find = (id: string): Machine => {
    const machine = machines.find(({ summary }) => summary.id === id);
    if (machine === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine ${id} in this test`);
    return machine;
  };

  /** Does it once for its call, and lets time go on for whoever asks. */
  function once<Value>(id: CallId, signal: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value> {
    const key = callKey(id);
    const known = (done.get(key) as Promise<Value> | undefined) ?? life.during(work);
    done.set(key, known);
    known.catch(() => {}); // whoever asks is told
    return signal === undefined ? known : Promise.race([known, gone(signal)]);
  }

  function begin(id: string, command: Omit<SentCommand, "machine" | "at">): Machine {
    const machine = find(id);
    const state = stateOf(machine);
    if (state !== "online") throw new RunwrightError("AGENT_OFFLINE", `${machine.summary.name} is ${state}`);
    sent.push({ machine: machine.summary.name, ...command, at: life.now() });
    const failure = machine.failures.find(({ given: { on, command: only = "" }, left }) => left > 0 && on === command.action && command.text.startsWith(only));
    if (failure === undefined) return machine;
    failure.left--;
    throw new RunwrightError(failure.given.code, failure.given.message ?? `${machine.summary.name} fails in this test`);
  }
  const takes = ({ given: { takes = {} } }: Machine, deed: Deed): number => lengthOf(takes[deed] ?? (deed === "reboot" ? REBOOT_TAKES : 0));
  const take = (machine: Machine, deed: Deed) => life.until(life.now() + takes(machine, deed));

  return {
    sent,
    now: () =>
      Object.fromEntries(
        machines.map((machine) => {
          const { summary, packages, updates, services, reboots } = machine;
          return [summary.name, { state: stateOf(machine), tags: summary.tags, packages, updates, services: services?.states() ?? {}, reboots }];
        }),
      ),
    setState(name, state) {
      const machine = machines.find(({ summary }) => summary.name === name);
      if (machine === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine "${name}" in this test`);
      machine.set = state;
    },
    async select({ selectors }) {
      return matching(selectors).map(shown);
    },
    async report({ selectors, scope, days }) {
      return fakeReport(
        matching(selectors).map(({ summary, updates }) => ({ ...summary, updates })),
        { now: life.now(), selector: allOf(selectors), scope, days },
      );
    },
    updates: async (id) => find(id).updates,
    packages: async (id) => find(id).packages,
    exec: (call, id, argv, options, _onBehalfOf, signal) =>
      once(call, signal, async () => {
        const machine = begin(id, { action: "exec", text: argv.join(" "), argv });
        if (takes(machine, "exec") > options.timeoutMs) {
          await life.until(life.now() + options.timeoutMs);
          return TIMED_OUT;
        }
        await take(machine, "exec");
        return { exitCode: 0, stdout: "", stderr: "", truncated: false, ...(await answerTo(machine, argv, options)) };
      }),
    assess: (call, id, { refresh }, _onBehalfOf, signal) =>
      once(call, signal, async () => {
        const machine = begin(id, { action: "assess", text: refresh ? "assess, with fresh lists" : "assess" });
        await take(machine, "assess");
        if (machine.given.assess) machine.updates = updatesOf(await machine.given.assess(), life.now());
        else machine.updates = { ...machine.updates, assessedAt: life.now() };
        return machine.updates;
      }),
    install: (call, id, { updates, ...options }, _onBehalfOf, signal) =>
      once(call, signal, async () => {
        const machine = begin(id, { action: "install", text: `install ${updates.map(({ name, version }) => `${name} ${version}`).join(", ")}` });
        await take(machine, "install");
        const report = reportOf(await machine.given.install?.(updates, options), updates, machine.updates);
        machine.updates = withoutInstalled(machine.updates, report);
        machine.packages = withInstalled(machine.packages, report);
        return report;
      }),
    reboot: (call, id, { reason }, _onBehalfOf, signal) =>
      once(call, signal, async () => {
        const machine = begin(id, { action: "reboot", text: `reboot: ${reason}` });
        const bootIdBefore = machine.summary.facts?.bootId ?? "";
        machine.isRebooting = true;
        try {
          await take(machine, "reboot");
        } finally {
          machine.isRebooting = false;
        }
        const downMs = takes(machine, "reboot");
        const report = { bootIdBefore, bootId: `${bootIdBefore}+`, downMs, ...(await machine.given.reboot?.(reason)) };
        if (machine.summary.facts) machine.summary = { ...machine.summary, facts: { ...machine.summary.facts, bootId: report.bootId } };
        machine.updates = { ...machine.updates, rebootPending: false };
        machine.services?.reboot();
        machine.reboots++;
        return report;
      }),
    setTags: (call, id, changes) =>
      once(call, undefined, async () => {
        const machine = find(id);
        const text = Object.entries(changes).map(([name, value]) => (value === null ? `-${name}` : `${name}=${value}`));
        sent.push({ machine: machine.summary.name, action: "setTags", text: `set tags ${text.join(" ")}`, at: life.now() });
        machine.summary = { ...machine.summary, tags: changedTags(machine.summary.tags, changes) };
      }),
  };
}

async function answerTo({ given, services, answered }: Machine, argv: readonly string[], options: ExecOptions): Promise<Partial<ExecResult> | undefined> {
  const own = await given.exec?.(argv, options);
  if (own !== undefined) return own;
  const line = argv.join(" ");
  const programs = given.programs ?? {};
  const fitting = Object.keys(programs).filter((start) => line === start || line.startsWith(`${start} `));
  const longest = fitting.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return services?.run(argv);
  const answers = [programs[longest] ?? {}].flat();
  const turn = answered.get(longest) ?? 0;
  answered.set(longest, turn + 1);
  const answer = answers[Math.min(turn, answers.length - 1)] ?? {};
  return typeof answer === "function" ? answer(argv, options) : answer;
}

function isWithin({ from, to }: { from: Moment; to?: Moment }, start: number, now: number): boolean {
  return now >= placed(from, start) && (to === undefined || now < placed(to, start));
}

/** A moment, or a length of time from the start of the job. */
export function placed(when: Moment, start: number): number {
  if (typeof when === "string" && /^[\d.]+(ms|s|m|h|d|w)/.test(when.trim())) return start + lengthOf(when);
  return momentOf(when).at.epochMilliseconds;
}

function gone(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
