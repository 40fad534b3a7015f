import { createHash } from "node:crypto";

export type AttributeValue = string | number | boolean;

/** One piece of work with a begin and an end, in OpenTelemetry's sense. Times are Unix milliseconds. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  /** `internal`: within the engine; `client`: it asks somebody else; `consumer`: somebody else has asked for it. */
  kind: "internal" | "client" | "consumer";
  startedAt: number;
  endedAt: number;
  attributes: Readonly<Record<string, AttributeValue>>;
  events: readonly { name: string; at: number }[];
  /** Absent: it went well. Never words that a runbook or a machine has chosen: they may hold what a trace mustn't. */
  failure?: string;
}

/**
 * Ids follow from what they stand for: a trace from the correlation id that joins everything that one trigger led to, a span from the id of its record. So whoever tells a span twice tells the same one, and a child
 * knows its parent's without asking.
 */
export const traceIdOf = (correlationId: string): string => hex(`trace ${correlationId}`, 32);
export const spanIdOf = (what: string): string => hex(`span ${what}`, 16);

const hex = (text: string, digits: number): string => createHash("sha256").update(text).digest("hex").slice(0, digits);
