import type { FailureCode } from "../../../core/job.ts";
import type { Realm, State } from "./realm.ts";

/** How the prelude talks to the runner: host calls that come back, stream entries and the end that don't. */
export interface Channel {
  /** @returns the outcome's value; rejects with an error that has the name, message and `code` of the outcome and the stack of the call */
  call(op: string, args: unknown): Promise<unknown>;
  emit(kind: "output" | "log" | "progress", body: unknown): void;
  settle(call: number, ok: boolean, json: string, at: number): void;
  completed(value: unknown): void;
  failed(reason: unknown): void;
}

/** Must equal what runner/isolates.ts expects. */
export interface ChannelKinds {
  call: number;
  emit: number;
  completed: number;
  failed: number;
  maxArgumentChars: number;
  errorCutAt: { name: number; code: number; message: number; stack: number };
}

/**
 * Counts calls, bytes and entries where they are made, so that a flood ends inside the isolate and never fills the memory of anyone else. The broker
 * counts again: it doesn't trust this.
 * Invariant: what has a number is counted after it was sent. Guest code may call from where its stack ends, so that anything before that throws; a number left out would end the runner, with the jobs of others.
 */
export function createChannel(realm: Realm, state: State, kinds: ChannelKinds): Channel {
  const { define, create, stringify, parse } = realm;
  const pending = create(null) as Record<number, { done: (value: unknown) => void; fail: (error: unknown) => void; site: Error }>;
  const cutAt = kinds.errorCutAt;
  let calls = 0;
  let entries = 0;
  let bytes = 0;
  let recent: Float64Array | undefined;

  function limitReached(failureCode: FailureCode, message: string): Error {
    const error = new realm.Error(message);
    const stack = stackOf(error);
    if (!state.ended) {
      state.send(kinds.failed, failureCode, "LimitError", message, stack);
      state.ended = true;
    }
    return define(error, "name", { value: "LimitError" });
  }

  function stackOf(error: unknown): string {
    try {
      const stack = (error as { stack?: unknown }).stack;
      return typeof stack === "string" ? realm.slice(stack, 0, 16_000) : "";
    } catch {
      return ""; // a getter of guest code may throw; then there is no stack to show
    }
  }

  function jsonOf(value: unknown, what: string): string {
    const json = stringify(value);
    if (json === undefined) throw new realm.TypeError(`${what} must be a JSON value; functions, symbols and undefined aren't`);
    if (json.length > kinds.maxArgumentChars) throw new realm.TypeError(`${what} is larger than ${kinds.maxArgumentChars} characters of JSON`);
    return json;
  }

  function utf8Length(text: string): number {
    let length = text.length;
    for (let i = 0; i < text.length; i++) {
      const code = realm.charCodeAt(text, i);
      if (code > 0x7f) length += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
    }
    return length;
  }

  /** Sends the next entry, unless `logRate` entries lie within the last second: their times are kept in a ring. */
  function sendEntry(kind: string, json: string): void {
    const rate = state.limits.logRate;
    const time = realm.wallClock();
    recent ??= new realm.Float64Array(rate);
    const slot = entries % rate;
    const before = recent[slot] ?? 0;
    const isTooFast = before > time - 1000 && before <= time;
    if (isTooFast) throw limitReached("log_rate", `more than ${rate} entries written in one second; raise limits.logRate if that is meant`);
    state.send(kinds.emit, entries + 1, kind, json, state.now);
    recent[slot] = time;
  }

  return {
    call(op, args) {
      const site = new realm.Error();
      return new realm.Promise((done, fail) => {
        const json = jsonOf(args, `what ${op} is called with`);
        // Before the call gets its number: guest code may format stacks by itself, and call host functions while it does.
        // Within its length: beyond it guest code may have put a getter into the prototype.
        const isExpected = calls < state.expected.length && state.expected[calls] === op + json;
        const trace = calls < state.sitesUpTo && !isExpected ? stackOf(site) : "";
        if (state.ended) return;
        const number = calls + 1;
        if (number > state.limits.hostCalls)
          throw limitReached("host_calls", `more than ${state.limits.hostCalls} host calls; raise limits.hostCalls if that is meant`);
        pending[number] = { done, fail, site };
        state.send(kinds.call, number, op, json, trace);
        calls = number;
      });
    },

    emit(kind, body) {
      const json = jsonOf(body, kind === "output" ? "the output" : "what is written");
      if (state.ended) return;
      const written = bytes + utf8Length(json);
      if (written > state.limits.outputBytes)
        throw limitReached("output_limit", `more than ${state.limits.outputBytes} bytes written; raise limits.outputBytes if that is meant`);
      // Entries that are stored already are being replayed at full speed.
      if (entries >= state.skipEntries) sendEntry(kind, json);
      bytes = written;
      entries++;
    },

    settle(call, ok, json, at) {
      const waiting = pending[call];
      if (waiting === undefined) {
        if (state.ended) return;
        state.ended = true;
        state.send(kinds.failed, "nondeterminism", "NondeterminismError", `call ${call} is in the journal, but the runbook didn't make it at this point`, "");
        return;
      }
      delete pending[call];
      state.now = at;
      const value = parse(json) as unknown;
      if (ok) {
        waiting.done(value);
        return;
      }
      const { name, message, code } = value as { name: string; message: string; code?: string };
      const error = new realm.Error(message);
      define(error, "name", { value: name, writable: true, configurable: true });
      if (code !== undefined) define(error, "code", { value: code, writable: true, configurable: true, enumerable: true });
      const frames = stackOf(waiting.site);
      const firstFrame = realm.indexOf(frames, "\n");
      define(error, "stack", { value: `${name}: ${message}${firstFrame < 0 ? "" : realm.slice(frames, firstFrame)}`, writable: true, configurable: true });
      waiting.fail(error);
    },

    completed(value) {
      if (state.ended) return;
      const json = jsonOf(value, "what the runbook declares"); // guest code made it, and may end the job while it is asked
      if (state.ended) return;
      state.ended = true;
      state.send(kinds.completed, json);
    },

    failed(reason) {
      if (state.ended) return;
      state.ended = true;
      let name = "Error";
      let code = "";
      let message: string;
      try {
        const error = reason as { name?: unknown; message?: unknown } | null;
        const isError = typeof reason === "object" && error !== null && typeof error.message === "string";
        if (isError && typeof error.name === "string") name = realm.slice(error.name, 0, cutAt.name);
        const given = isError ? (reason as { code?: unknown }).code : undefined;
        if (typeof given === "string") code = realm.slice(given, 0, cutAt.code);
        message = isError
          ? (error.message as string)
          : `the runbook threw ${typeof reason === "string" ? reason : (stringify(reason) ?? realm.String(reason))}`;
      } catch {
        message = "the runbook threw something that can't be shown";
      }
      let stack = stackOf(reason);
      try {
        let cause = (reason as { cause?: unknown } | null)?.cause;
        for (let depth = 0; depth < 5 && typeof cause === "object" && cause !== null; depth++) {
          stack += `\nCaused by: ${stackOf(cause)}`;
          cause = (cause as { cause?: unknown }).cause;
        }
      } catch {
        // a getter of guest code threw: the causes stay unknown
      }
      state.send(kinds.failed, "error", name, realm.slice(message, 0, cutAt.message), realm.slice(stack, 0, cutAt.stack), code);
    },
  };
}
