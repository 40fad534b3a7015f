import type { Facts } from "../core/machine.ts";
import type { Report, ReportAnswer } from "../core/report.ts";

/** Keys of single commands, sealed by the master key: `access` provides it. */
export interface Sealer {
  newKey(): { wrapped: Uint8Array; key: CommandKey };
  /** @throws MASTER_KEY_WRONG */
  unwrap(wrapped: Uint8Array): CommandKey;
}

export interface CommandKey {
  /** @param context what the sealed text belongs to; it opens with the same context only */
  seal(plaintext: string, context: string): Uint8Array;
  /** @throws DATABASE_DAMAGED when the bytes were altered or belong elsewhere */
  open(sealed: Uint8Array, context: string): string;
}

/** The engine's own build of the agent, with which it updates those of its machines. */
export interface AgentPackage {
  version: string;
  /** SHA-256 of the code, hex. */
  hash: string;
  code: Uint8Array;
}

/** The log of the engine; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Takes in what an agent reports; its reports come one after the other. Its strings are the machine's own: who stores them judges them. */
export type TakeReport = (machineId: string, report: Report) => Promise<ReportAnswer>;

/** Figures of the fleet, in milliseconds unless they say otherwise. */
export interface FleetSettings {
  /** Handshakes at one time; more get HTTP 429. */
  handshakes: number;
  /** Of those, from one address. */
  handshakesPerAddress: number;
  handshakeMs: number;
  heartbeatMs: number;
  /** How often a machine reports, by its system. */
  inventoryMs: Readonly<Record<Facts["os"], number>>;
  /** Reports that are taken in at a time; whoever comes beyond that is told when to come again. */
  reports: number;
  /** Agents that have connected are asked for their first report at this rate at most. */
  reportsPerSecond: number;
  /** How long an older connection has to answer before a newer one with the same key replaces it. */
  cloneAnswerMs: number;
  /** A machine that hasn't been seen for so long is stale. */
  staleMs: number;
}

export const DEFAULT_SETTINGS: FleetSettings = {
  handshakes: 256,
  handshakesPerAddress: 64,
  handshakeMs: 10_000,
  heartbeatMs: 30_000,
  // As often as Azure's Update Management: Windows Update is asked less often, as it is slow and asks Microsoft.
  inventoryMs: { linux: 3_600_000, windows: 12 * 3_600_000, macos: 12 * 3_600_000, other: 3_600_000 },
  reports: 8,
  reportsPerSecond: 200,
  cloneAnswerMs: 3_000,
  staleMs: 15 * 60_000,
};
