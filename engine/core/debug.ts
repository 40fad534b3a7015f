/** Why a job is being looked at: it runs with a debugger, or it repeats what another job did. */
export const DEBUG_KINDS = ["run", "replay"] as const;
export type DebugKind = (typeof DEBUG_KINDS)[number];

/** What became of one host call while somebody watches: nothing secret is in it. */
export interface DebugStep {
  call: number;
  op: string;
  effect: "read" | "write";
  /** `recorded`: the journal's outcome was handed over; `done`: it was performed now; `withheld`: a write that was not done, its outcome is what a dry run gets. */
  how: "recorded" | "done" | "withheld";
  /** As shown: secrets are replaced by their names. */
  args: unknown;
  ok: boolean;
  /** The value, or name and message of the error; masked, and cut when it is long. */
  outcome: unknown;
  /** Where the runbook made the call, such as `patch.ts:12:23`. */
  site: string | null;
}

/** A write that a replay would have to do: somebody decides. */
export interface WithheldWrite {
  call: number;
  op: string;
  args: unknown;
  site: string | null;
}

/** The way to a held attempt, from the moment at which its process is there. */
export interface DebugDoor {
  /** One message of the Chrome DevTools protocol, to V8's inspector in the isolate. */
  inspect(message: string): void;
  /** Lets the code go without a debugger; with one, `Runtime.runIfWaitingForDebugger` does. */
  begin(): void;
}

/** What an attempt tells whoever debugs it, and asks. */
export interface DebugLink {
  /** Whether V8's inspector is wanted. */
  readonly inspect: boolean;
  /** URL of the folder of the runbook's file, with a slash at the end: names in the source map are relative to it. */
  readonly sourceRoot: string;
  /** Outcomes after which the code halts by itself; null: it doesn't. */
  readonly haltAfter: number | null;
  ready(door: DebugDoor): void;
  /** A message of the inspector; what is secret is masked. */
  inspector(message: string): void;
  halted(isHalted: boolean): void;
  step(step: DebugStep): void;
  /** Whether a write of a dry attempt is done after all. */
  permits(write: WithheldWrite): Promise<boolean>;
}
