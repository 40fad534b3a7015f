/** What an agent says about its machine. Facts appear in selectors under `fact:`; `os` and `name` are known to the engine itself. */
export interface Facts {
  os: "linux" | "windows" | "macos" | "other";
  /** Such as `Debian GNU/Linux 12 (bookworm)`. */
  osName: string;
  /** ID and VERSION_ID of os-release, such as `debian` and `12`. */
  distribution: string;
  distributionVersion: string;
  kernel: string;
  architecture: string;
  hostname: string;
  bootId: string;
  addresses: readonly string[];
  cpus: number;
  memoryBytes: number;
  agentVersion: string;
  /** IANA name; absent: its agent is older than this, or can't tell. */
  timeZone?: string;
}

export const MACHINE_STATES = ["online", "offline", "revoked", "cloned"] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** What selectors and shells take as it is. */
export const isMachineName = (text: string): boolean => /^[a-z0-9][a-z0-9._-]{0,62}$/.test(text);

/** The part of a machine that selectors see. */
export interface SelectableMachine {
  name: string;
  scope: string;
  state: MachineState;
  tags: Readonly<Record<string, string>>;
  facts: Partial<Facts> | null;
}

/** Tags after changes, of which null removes one. */
export function changedTags(tags: Readonly<Record<string, string>>, changes: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...tags, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** A command's way: a row before it is a frame, executed once, its result kept by the agent until the engine has confirmed it. */
export const COMMAND_STATUSES = ["queued", "sent", "acknowledged", "completed", "failed", "refused", "interrupted", "expired"] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];
