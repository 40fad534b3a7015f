import { LOG_LEVELS, type LogLevel, type StreamBody } from "../core/job.ts";
import type { Masker } from "../core/masking.ts";
import { FrameError } from "../protocol/frames.ts";
import type { RunnerMessage } from "../protocol/sandbox.ts";
import { limitFailure, refuseDeepJson } from "./failure.ts";

type Emit = Extract<RunnerMessage, { type: "emit" }>;

/** Frames bunch up what was written over a longer time: the engine's own check of the rate, which only guards against a hostile runner, is generous. */
const RATE_SLACK = 20;

/** What `retry` writes of an error: cut before it could be masked. */
const CUT = "…";
const LONGEST_CUT = 1_100;

/** Turns what an isolate writes into entries: checked, masked, counted. */
export interface StreamGate {
  /** @throws JobFailure: a limit is reached; FrameError: an honest runner doesn't send this */
  admit(message: Emit): StreamBody;
}

export interface StreamGateParts {
  masker: Masker;
  outputBytes: number;
  logRate: number;
  storedEntries: number;
  monotonic: () => number;
}

export function createStreamGate({ masker, outputBytes, logRate, storedEntries, monotonic }: StreamGateParts): StreamGate {
  let entries = storedEntries;
  let bytes = 0;
  let allowance = logRate * RATE_SLACK;
  let lastAt = monotonic();

  return {
    admit(message) {
      if (message.entry !== entries + 1) throw new FrameError(`stream entry ${message.entry} came after ${entries}`);
      entries++;
      bytes += Buffer.byteLength(message.body, "utf8");
      if (bytes > outputBytes) throw limitFailure("output_limit", `more than ${outputBytes} bytes written; raise limits.outputBytes if that is meant`);
      const now = monotonic();
      allowance = Math.min(logRate * RATE_SLACK, allowance + ((now - lastAt) / 1_000) * logRate) - 1;
      lastAt = now;
      if (allowance < 0) throw limitFailure("log_rate", `more than ${logRate} entries written in one second; raise limits.logRate if that is meant`);
      const value = parsed(message.body);
      const entry = bodyOf(message.kind, value);
      if (entry.kind === "progress") return entry.message === undefined ? entry : { ...entry, message: masker.mask(entry.message) };
      const masked = masker.maskJson(entry);
      const mayBeCut = entry.kind === "log" && isCut(value) && entry.message.length <= LONGEST_CUT;
      return mayBeCut ? { ...masked, message: masker.maskCut(entry.message, CUT) } : masked;
    },
  };
}

const isCut = (value: unknown): boolean => typeof value === "object" && value !== null && "mayBeCut" in value;

function bodyOf(kind: Emit["kind"], value: unknown): StreamBody {
  if (kind === "output") return { kind, value };
  if (typeof value !== "object" || value === null) throw new FrameError("a stream entry is no object");
  const fields = value as { [key: string]: unknown };
  if (kind === "progress") {
    const { fraction, message } = fields;
    if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1)) throw new FrameError("progress isn't from 0 to 1");
    return typeof message === "string" ? { kind, fraction, message } : { kind, fraction };
  }
  const level = LOG_LEVELS.find((known): known is LogLevel => known === fields.level);
  if (level === undefined || typeof fields.message !== "string") throw new FrameError("a log entry has no level or message");
  const entry = { kind, level, message: fields.message } as const;
  return fields.details === undefined ? entry : { ...entry, details: fields.details };
}

function parsed(text: string): unknown {
  refuseDeepJson(text, "what is written");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FrameError("a stream entry holds no JSON", { cause });
  }
}
