import type { EngineMessage, RunnerMessage } from "../../protocol/sandbox.ts";
import { type IsolatedAttempt, startAttempt } from "./attempt.ts";
import { fitProtocol } from "./fit-protocol.ts";
import { createInspector, type Inspector } from "./inspector.ts";
import { type InspectedIsolate, type PreparedIsolate, prepareInspected, prepareIsolate } from "./isolates.ts";
import { MAP_COMMENT } from "./translate-protocol.ts";

type Start = Extract<EngineMessage, { type: "start" }>;

export interface DebugAttemptParts {
  start: Start & { debug: NonNullable<Start["debug"]> };
  bundle: string;
  write(message: RunnerMessage): void;
  isMemoryExceeded(): boolean;
  onEnd(): void;
}

export interface DebugAttempt {
  inspect(message: string): void;
  /** Lets the code go. */
  begin(): void;
  /** Resolves when the code was let go and runs. */
  running: Promise<IsolatedAttempt>;
}

/** The one attempt of a runner that was started for a debug session. Its code is held until the debugger is ready, or, without one, until the session begins. */
export async function startDebugAttempt({ start, bundle, write, isMemoryExceeded, onEnd }: DebugAttemptParts): Promise<DebugAttempt> {
  const { attempt, debug } = start;
  const released = Promise.withResolvers<void>();
  const inspected = debug.inspect ? await prepareInspected(start.limits.memoryMb) : null;
  const isolate = inspected ?? prepareIsolate(start.limits.memoryMb);
  const halts = cpuWithoutHalts(isolate);
  let inspector: Inspector | null = null;

  function inspectorOf({ sessions }: InspectedIsolate): Inspector {
    return createInspector({
      sessions,
      ...debug,
      send(text) {
        const message = fitProtocol(text);
        if (message !== undefined) write({ type: "inspected", attempt, message });
      },
      onHalted(isHalted) {
        halts.toggle(isHalted);
        write({ type: "halted", attempt, isHalted });
      },
      onOutOfMemory: () =>
        void running.then((one) => one.fail("memory", `more than ${start.limits.memoryMb} MB of memory used; raise limits.memoryMb if that is meant`)),
      onReleased: released.resolve,
    });
  }

  const running: Promise<IsolatedAttempt> = released.promise.then(() => {
    write({ type: "released", attempt });
    return startAttempt({
      start,
      bundle: inspected ? bundle + MAP_COMMENT : bundle,
      isolate: halts.isolate,
      write,
      covers: false,
      isMemoryExceeded,
      onEnd,
      ...(inspected ? { before: (outcomes: number) => (outcomes === debug.haltAfter ? inspector?.haltNext() : inspector?.prepareStep()) } : {}),
    });
  });
  inspector = inspected && inspectorOf(inspected);
  await inspector?.open();
  write({ type: "held", attempt });
  return { inspect: (message) => inspector?.dispatch(message), begin: released.resolve, running };
}

/** CPU time stands still while the code is halted, whatever the debugger evaluates meanwhile. Disposing of an isolate with open sessions hangs: the process ends instead. */
function cpuWithoutHalts(isolate: PreparedIsolate): { isolate: PreparedIsolate; toggle(isHalted: boolean): void } {
  let left = 0;
  let since: number | null = null;
  const used = isolate.cpuMs;
  return {
    isolate: Object.assign(isolate, { cpuMs: () => (since ?? used() ?? 0) - left, dispose() {} }),
    toggle(isHalted) {
      const now = used() ?? 0;
      if (isHalted) since = now;
      else if (since !== null) {
        left += now - since;
        since = null;
      }
    },
  };
}
