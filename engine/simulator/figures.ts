import type { Log } from "../agent/log.ts";
import { isRunwrightError } from "../core/errors.ts";

/** What a simulated fleet has seen of its engine. */
export interface FleetCounts {
  /** Connected now. */
  online: number;
  /** Milliseconds from the wish to connect to the engine's welcome, each connection one. */
  admissions: number[];
  /** Tries to connect that failed, by the error's code. */
  refusals: Record<string, number>;
  reportsSent: number;
  reportsTaken: number;
  /** Reports that the engine asked to have again later. */
  reportsPutOff: number;
  commands: Record<string, number>;
  reboots: number;
  /** What went wrong in the simulation itself; it should be none. */
  errors: string[];
}

const KEPT_ERRORS = 20;

export function createFleetFigures() {
  const counts: FleetCounts = {
    ...{ online: 0, admissions: [], refusals: {}, reportsSent: 0, reportsTaken: 0, reportsPutOff: 0, commands: {}, reboots: 0, errors: [] },
  };
  const addTo = (table: Record<string, number>, word: string) => {
    table[word] = (table[word] ?? 0) + 1;
  };
  const told = (fields: object, message: string) => {
    const error = "err" in fields ? fields.err : undefined;
    if (error !== undefined) addTo(counts.refusals, isRunwrightError(error) ? error.code : "UNKNOWN");
    if (error !== undefined && !isRunwrightError(error) && counts.errors.length < KEPT_ERRORS) counts.errors.push(`${message}: ${error}`);
  };
  /** Agents tell nobody but this table. */
  const log: Log = { info: () => {}, warn: told, error: told };
  return {
    log,
    admitted(afterMs: number): void {
      counts.online++;
      counts.admissions.push(afterMs);
    },
    gone: () => void counts.online--,
    reportSent: () => void counts.reportsSent++,
    reportTaken: () => void counts.reportsTaken++,
    reportPutOff: () => void counts.reportsPutOff++,
    commanded: (action: string) => addTo(counts.commands, action),
    rebooted: () => void counts.reboots++,
    now: (): FleetCounts => structuredClone(counts),
    /** Connections from here on are counted anew. */
    forgetAdmissions(): void {
      counts.admissions = [];
      counts.refusals = {};
    },
  };
}
export type FleetFigures = ReturnType<typeof createFleetFigures>;
