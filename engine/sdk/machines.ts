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
  updates: readonly MissingUpdate[];
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
  ("tag" extends Action ? MachineTagging : unknown);

/** Machines within the selector that the runbook declared. */
export interface Machines<Action extends MachineAction = MachineAction> {
  /**
   * Machines that match both this selector and the declared one, by name.
   * @param selector such as `os=linux tag:role=web name=web-*`; without it all that are granted
   * @throws an error with code SELECTOR_INVALID
   */
  select<const Text extends string = "all">(selector?: CheckedSelector<Text> | TagTerm): Promise<Machine<Action>[]>;
  /** @throws an error with code MACHINE_NOT_FOUND when there is none, or it isn't granted */
  get(name: string): Promise<Machine<Action>>;
}
