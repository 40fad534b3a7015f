import { FAILURE_CODES, type FailureCode, STREAM_KINDS, type StreamKind } from "../core/job.ts";
import { FrameError } from "./frames.ts";

/**
 * The conversation between the engine and a runner process. Values of guest code travel as JSON text, so that neither side parses what it only hands on.
 * The engine trusts nothing that a runner says: `parseRunnerMessage` checks shapes, the broker checks meaning.
 */
/** Longest value of an outcome, in bytes of JSON: escaped once more inside a frame it still fits. */
export const MAX_VALUE_BYTES = 15 * 1024 * 1024;
/** Arguments of one call, or one stream entry, in characters of JSON. */
export const MAX_ARGUMENT_CHARS = 2 * 1024 * 1024;
const MAX_TEXT_CHARS = 64 * 1024;
/** Where the runner cuts what is said of an error: before secrets are masked, which only the engine knows. */
export const ERROR_CUT_AT = { name: 200, code: 100, message: 16_000, stack: 32_000 };
/** One message of the inspector: a script with its source map, or a large value, in characters. Secrets are looked for in all of it, while the engine waits. */
export const MAX_INSPECTOR_CHARS = 4 * 1024 * 1024;

/** Limits that the isolate itself counts; wall time belongs to the engine. */
export interface IsolateLimits {
  cpuMs: number;
  memoryMb: number;
  outputBytes: number;
  logRate: number;
  hostCalls: number;
}

export type EngineMessage =
  /** Bundle texts are sent once per runner and named by their hash. */
  | { type: "bundle"; hash: string; text: string }
  | { type: "forget"; hash: string }
  | {
      type: "start";
      attempt: number;
      mode: "run" | "extract" | "key";
      bundleHash: string;
      /** JSON text. */
      params: string;
      /** JSON text of what the runbook may know about its job. */
      job: string;
      seed: string;
      /** Job time, Unix milliseconds. */
      now: number;
      /** Stream entries that are stored already: counted, not sent. */
      skipEntries: number;
      /** Calls up to this number say where they were made, for a report of nondeterminism: those that aren't the expected ones. */
      sitesUpTo: number;
      /** JSON text of a list of texts: of each of these calls its function and arguments; empty when that is too long. */
      expected: string;
      limits: IsolateLimits;
      /** Its runbook lets its jobs use one isolate after the other. */
      shared?: boolean;
      /** In a runner of a debug session: the code is held until it is let go. */
      debug?: {
        /** Whether V8's inspector is wanted. */
        inspect: boolean;
        scriptUrl: string;
        sourceMapUrl: string;
        /** Outcomes after which the code halts by itself; null: it doesn't. */
        haltAfter: number | null;
      };
    }
  /** A message of the Chrome DevTools protocol for the inspector. */
  | { type: "inspect"; attempt: number; message: string }
  /** Lets held code go without a debugger. */
  | { type: "begin"; attempt: number }
  /** One outcome; delivered in the order sent, each followed by a full drain of microtasks. `value`: JSON text of the value, or of `{ name, message, code? }`. */
  | { type: "settle"; attempt: number; call: number; ok: boolean; value: string; at: number }
  | { type: "stop"; attempt: number };

export interface GuestError {
  name: string;
  message: string;
  /** As V8 wrote it: positions in the bundle. */
  stack: string;
  code?: string;
}

export type RunnerMessage =
  | { type: "ready"; uid: number | null; runtime: string }
  | { type: "call"; attempt: number; call: number; op: string; args: string; site: string }
  /** `entry` counts stream entries of the job from 1, stored ones included. `at` is job time. */
  | { type: "emit"; attempt: number; entry: number; kind: StreamKind; body: string; at: number }
  /** `lingers`: its isolate is being ended and still has code to run; until `gone` comes the process may turn out to be doomed. */
  | { type: "end"; attempt: number; ending: RunnerEnding; cpuMs: number; heapBytes: number; lingers: boolean }
  /** The isolate of an attempt whose end it told is ended, too. */
  | { type: "gone"; attempt: number }
  /** Its guest code can do nothing until an outcome comes; `outcomes`: how many it has been given. */
  | { type: "idle"; attempt: number; outcomes: number }
  /** Before its end, from a runner that covers: where its bundle has been. */
  | { type: "covered"; attempt: number; ranges: string }
  /** V8 lost control over the isolate of this attempt, or it can't be ended: the whole process must go. */
  | { type: "doomed"; attempt: number; reason: string; isMemory: boolean }
  /** Of a debug session: its isolate is there and the code held; the code was let go; the debugger has halted it or lets it go on; what the inspector says. */
  | { type: "held"; attempt: number }
  /** Again and again: its own thread isn't stuck. */
  | { type: "beat" }
  | { type: "released"; attempt: number }
  | { type: "halted"; attempt: number; isHalted: boolean }
  | { type: "inspected"; attempt: number; message: string };

/** What concerns whoever takes part in an attempt; the rest is between the runner and its place. */
export type AttemptMessage = Exclude<RunnerMessage, { type: "ready" | "beat" | "gone" }>;

export type RunnerEnding = { kind: "completed"; value: string } | { kind: "failed"; failureCode: FailureCode; error: GuestError } | { kind: "stopped" };

type Fields = { [key: string]: unknown };

/** @throws FrameError: the runner doesn't keep to the protocol and must be ended */
export function parseRunnerMessage(message: unknown): RunnerMessage {
  if (typeof message !== "object" || message === null) throw new FrameError("a message is no object");
  const fields = message as Fields;
  switch (fields.type) {
    case "ready":
      return { type: "ready", uid: fields.uid === null ? null : whole(fields, "uid"), runtime: text(fields, "runtime", 200) };
    case "call":
      return {
        type: "call",
        attempt: whole(fields, "attempt"),
        call: whole(fields, "call"),
        op: text(fields, "op", 100),
        args: text(fields, "args", MAX_ARGUMENT_CHARS),
        site: text(fields, "site", MAX_TEXT_CHARS),
      };
    case "emit":
      return {
        type: "emit",
        attempt: whole(fields, "attempt"),
        entry: whole(fields, "entry"),
        kind: oneOf(fields, "kind", STREAM_KINDS),
        body: text(fields, "body", MAX_ARGUMENT_CHARS),
        at: whole(fields, "at"),
      };
    case "end":
      return {
        type: "end",
        attempt: whole(fields, "attempt"),
        ending: parseEnding(fields.ending),
        cpuMs: whole(fields, "cpuMs"),
        heapBytes: whole(fields, "heapBytes"),
        lingers: fields.lingers === true,
      };
    case "gone":
      return { type: "gone", attempt: whole(fields, "attempt") };
    case "idle":
      return { type: "idle", attempt: whole(fields, "attempt"), outcomes: whole(fields, "outcomes") };
    case "covered":
      return { type: "covered", attempt: whole(fields, "attempt"), ranges: text(fields, "ranges", MAX_VALUE_BYTES) };
    case "doomed":
      return { type: "doomed", attempt: whole(fields, "attempt"), reason: text(fields, "reason", MAX_TEXT_CHARS), isMemory: fields.isMemory === true };
    case "beat":
      return { type: "beat" };
    case "held":
    case "released":
      return { type: fields.type, attempt: whole(fields, "attempt") };
    case "halted":
      return { type: "halted", attempt: whole(fields, "attempt"), isHalted: fields.isHalted === true };
    case "inspected":
      return { type: "inspected", attempt: whole(fields, "attempt"), message: text(fields, "message", MAX_INSPECTOR_CHARS) };
    default:
      throw new FrameError(`a message of unknown type ${JSON.stringify(fields.type)?.slice(0, 50)}`);
  }
}

function parseEnding(value: unknown): RunnerEnding {
  if (typeof value !== "object" || value === null) throw new FrameError("an ending is no object");
  const fields = value as Fields;
  switch (fields.kind) {
    case "completed":
      return { kind: "completed", value: text(fields, "value", MAX_ARGUMENT_CHARS) };
    case "stopped":
      return { kind: "stopped" };
    case "failed": {
      const error = fields.error;
      if (typeof error !== "object" || error === null) throw new FrameError("an error is no object");
      const parts = error as Fields;
      return {
        kind: "failed",
        failureCode: oneOf(fields, "failureCode", FAILURE_CODES),
        error: {
          name: text(parts, "name", 200),
          message: text(parts, "message", MAX_TEXT_CHARS),
          stack: text(parts, "stack", MAX_TEXT_CHARS),
          ...(parts.code === undefined ? {} : { code: text(parts, "code", 100) }),
        },
      };
    }
    default:
      throw new FrameError("an ending of unknown kind");
  }
}

function text(fields: Fields, key: string, maxChars: number): string {
  const value = fields[key];
  if (typeof value !== "string" || value.length > maxChars) throw new FrameError(`"${key}" must be a text of at most ${maxChars} characters`);
  return value;
}

function whole(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new FrameError(`"${key}" must be a whole number`);
  return value;
}

function oneOf<Value extends string>(fields: Fields, key: string, allowed: readonly Value[]): Value {
  const found = allowed.find((value) => value === fields[key]);
  if (found === undefined) throw new FrameError(`"${key}" must be one of ${allowed.join(", ")}`);
  return found;
}
