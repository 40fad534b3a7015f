import type { Inventory } from "../core/update.ts";

/** What an agent found on its machine, whole, as it came. Its strings are the machine's own: who stores them judges them. */
export interface InventoryReport {
  /** Grows with every report of a machine, also when its clock is set back. */
  sequence: number;
  inventory: Omit<Inventory, "updates"> & { updates: readonly ReportedUpdate[] };
}

/** An update whose words may be any text. */
export type ReportedUpdate = {
  [Key in keyof Inventory["updates"][number]]: Inventory["updates"][number][Key] extends string ? string : Inventory["updates"][number][Key];
};

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

/** Figures of the fleet, in milliseconds unless they say otherwise. */
export interface FleetSettings {
  /** Handshakes at one time; more get HTTP 429. */
  handshakes: number;
  /** Of those, from one address. */
  handshakesPerAddress: number;
  handshakeMs: number;
  heartbeatMs: number;
  inventoryMs: number;
  /** How long an older connection has to answer before a newer one with the same key replaces it. */
  cloneAnswerMs: number;
  /** A machine that hasn't been seen for so long is stale. */
  staleMs: number;
}

export const DEFAULT_SETTINGS: FleetSettings = {
  handshakes: 64,
  handshakesPerAddress: 32,
  handshakeMs: 10_000,
  heartbeatMs: 30_000,
  inventoryMs: 3_600_000,
  cloneAnswerMs: 3_000,
  staleMs: 15 * 60_000,
};
