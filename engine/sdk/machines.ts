import type { ComplianceReport } from "../core/compliance/report.ts";
import type { ChosenUpdate, ConfigurationFiles, InstallReport } from "../core/install.ts";
import type { KnownUpdate } from "../core/known-update.ts";
import type { Facts, MachineState } from "../core/machine.ts";
import type { MachineAction } from "../core/manifest.ts";
import type { ComplianceState, InstalledPackage, MissingUpdate } from "../core/update.ts";
import type { Duration } from "./duration.ts";
import type { CheckedSelector, KnownTag, TagTerm } from "./known.ts";

export interface ExecOptions {
  /** The process tree is killed afterwards; default 5 minutes. */
  timeout?: Duration;
  /** Working folder on the machine. */
  cwd?: string;
  /** Added to the agent's minimal environment. */
  env?: Record<string, string>;
  /** Text for standard input; without it the input is empty. */
  stdin?: string;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Whether the end of one of the texts was cut because it was too long. */
  truncated: boolean;
}

/** What one machine's last assessment found. */
export interface MachineUpdates {
  /** Unix milliseconds; null: never assessed. */
  assessedAt: number | null;
  /** When the machine last fetched its package lists, Unix milliseconds; null: never or unknown. */
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  compliance: ComplianceState;
  /** With what policies say of them; install the `approved` ones only. */
  updates: readonly KnownUpdate[];
}

export interface AssessOptions {
  /** Fetch the package lists first; without it, the machine looks at those that it has. */
  refresh?: boolean;
  /** How long the result is waited for; default 10 minutes. */
  timeout?: Duration;
}

/** One update to install: as it was listed, or by name, architecture and version. */
export type UpdateToInstall = Readonly<ChosenUpdate> | Readonly<Pick<MissingUpdate, "name" | "architecture" | "candidateVersion">>;

export interface InstallOptions {
  /** What happens to a configuration file that both the machine's owner and the new version have changed; default `keep`. */
  configurationFiles?: ConfigurationFiles;
  /** No further update begins later than that after it was asked for: what is left is `MaintenanceWindowExceeded`. What runs is let finish. */
  startWithin?: Duration;
  /** How long the result is waited for; default 6 hours. The machine goes on, and its late report is kept in the history of installs. */
  timeout?: Duration;
}

export interface RebootOptions {
  /** For the machine's log and the activity log. */
  reason: string;
  /** How long the machine is waited for; default 30 minutes. */
  timeout?: Duration;
}

export interface RebootResult {
  bootIdBefore: string;
  /** The same as before when the job is a dry one, or the machine had rebooted already. */
  bootId: string;
  /** How long it was away, milliseconds; null: it doesn't know. */
  downMs: number | null;
}

interface MachineFacts {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly state: MachineState;
  readonly tags: Readonly<Record<string, string>> & { readonly [Tag in KnownTag]?: string };
  /** What its agent says about it; null before it first connected. */
  readonly facts: Readonly<Facts> | null;
  /** Missing updates as the engine knows them; doesn't ask the machine. */
  updates(): Promise<MachineUpdates>;
  /** Installed packages as the engine knows them; doesn't ask the machine. */
  packages(): Promise<InstalledPackage[]>;
}

interface MachineExec {
  /**
   * Runs a program on the machine, without a shell. It is executed at most once, also when the engine crashes meanwhile.
   * @param argv the program and its arguments; at least one
   * @throws an error with code AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED or COMMAND_INTERRUPTED (it started and left no result)
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

interface MachineAssessing {
  /**
   * Has the machine look for missing updates now.
   * @returns what the engine knows then, as `updates()` does
   * @throws an error with code AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED, COMMAND_INTERRUPTED, or what the package manager failed with: REPOSITORY_UNUSABLE, PACKAGE_MANAGER_BUSY
   */
  assess(options?: AssessOptions): Promise<MachineUpdates>;
}

interface MachineInstalling {
  /**
   * Installs exactly these updates, in small batches. Done once, also when the engine or the machine crashes meanwhile: an agent goes on with what it began.
   * @param updates at least one
   * @returns what became of each: look at `status` and `message`; one that failed is no error
   * @throws an error with code AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED, PACKAGE_MANAGER_BUSY, DISK_FULL, REPAIR_FAILED
   */
  install(updates: readonly UpdateToInstall[], options?: InstallOptions): Promise<InstallReport>;
}

interface MachineRebooting {
  /**
   * Reboots the machine and waits until its agent is back under another boot id.
   * @throws an error with code AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED (it isn't back in time), REBOOT_FAILED
   */
  reboot(options: RebootOptions): Promise<RebootResult>;
}

interface MachineTagging {
  /**
   * Sets these tags at the engine, and removes those that are null; others stay. `machine.tags` shows what was there when the machine was selected.
   * Whoever started the job must be an operator where the machine lies. A machine that is offline can be tagged.
   * @throws an error with code PERMISSION_DENIED, MACHINE_NOT_FOUND, or BAD_REQUEST (a name or value that is no tag; more than 50 tags)
   */
  setTags(tags: Readonly<Record<string, string | null>>): Promise<void>;
}

/** A machine with the actions that the runbook declared. */
export type Machine<Action extends MachineAction = MachineAction> = MachineFacts &
  ("exec" extends Action ? MachineExec : unknown) &
  ("inventory" extends Action ? MachineAssessing : unknown) &
  ("install" extends Action ? MachineInstalling : unknown) &
  ("reboot" extends Action ? MachineRebooting : unknown) &
  ("tag" extends Action ? MachineTagging : unknown);

/** Machines within the selector that the runbook declared. */
export interface Machines<Action extends MachineAction = MachineAction> {
  /**
   * Machines that match both this selector and the declared one, by name.
   * @param selector such as `os=linux tag:role=web name=web-*`; without it all that are granted
   * @throws an error with code SELECTOR_INVALID
   */
  select<const Text extends string = "all">(selector?: CheckedSelector<Text> | TagTerm): Promise<Machine<Action>[]>;
  /**
   * How machines comply that `select` would find, as `runwright report compliance` tells it: by scope, classification and age, what is overdue, how installs went, the trend.
   * One call, however many machines there are.
   * @param options.days the last so many, for installs and the trend; 1 to 180, default 30
   * @throws an error with code SELECTOR_INVALID
   */
  report<const Text extends string = "all">(selector?: CheckedSelector<Text> | TagTerm, options?: { days?: number }): Promise<ComplianceReport>;
  /** @throws an error with code MACHINE_NOT_FOUND when there is none, or it isn't granted */
  get(name: string): Promise<Machine<Action>>;
}
