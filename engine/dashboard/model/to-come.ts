import type { Classification, ComplianceState } from "../../core/update.ts";

/** A day of the trend that the engine is about to tell; the type of engine/protocol/http takes its place. */
export interface TrendDay {
  day: string;
  machines: Record<ComplianceState, number>;
  missing: Partial<Record<Classification, number>>;
  overdue: number;
}
