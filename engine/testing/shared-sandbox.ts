import { systemClock } from "../clock.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { AttemptToRun } from "../core/run.ts";
import { createCatalogue } from "../sandbox/capabilities/catalogue.ts";
import type { CallContext, HostFunction } from "../sandbox/capabilities/function.ts";
import { createSandbox, type RunningSandbox } from "../sandbox/sandbox.ts";
import { settings } from "./settings.ts";
import { emptyWorld } from "./world.ts";

export type Catalogue = ReadonlyMap<string, HostFunction>;

/** The world of one attempt: what answers its calls, and what time it is there. */
export interface AttemptWorld {
  catalogue: Catalogue;
  clock: Clock;
  /** Of each call, before anything else is done about it. @returns whether it may go on although it isn't declared */
  called(op: string, args: unknown, context: CallContext, refusal: string | undefined): boolean;
  /** A call works, and its time counts: it doesn't just wait. @returns told when it has ended */
  working(): () => void;
}

/** The sandbox of all tests of this process: one runner, started once, as starting it takes longer than a test. Each attempt brings its world. */
export interface SharedSandbox extends Pick<RunningSandbox, "extract" | "stop"> {
  run(attempt: AttemptToRun, world: AttemptWorld, journal: Parameters<RunningSandbox["run"]>[1]): ReturnType<RunningSandbox["run"]>;
}

let shared: SharedSandbox | undefined;

/** The runner doesn't keep the process alive, and ends with it. */
export function sharedSandbox(): SharedSandbox {
  shared ??= open();
  return shared;
}

function open(): SharedSandbox {
  const worlds = new WeakMap<AttemptToRun, AttemptWorld>();
  const worldOf = ({ attempt }: CallContext): AttemptWorld => {
    const world = worlds.get(attempt);
    if (world === undefined) throw new RunwrightError("INTERNAL", "a job of a test has no world");
    return world;
  };
  const { ports, http } = emptyWorld();
  const sandbox = createSandbox({
    clock: systemClock,
    log: { info() {}, warn() {}, error() {} },
    ports,
    http: { allowedPrivateHosts: [] },
    replaced: [...createCatalogue(ports, http, []).values()].map((row) => passedOn(row, worldOf)),
    runners: 1,
    releaseFromMs: Number.POSITIVE_INFINITY,
    patienceMs: Number.POSITIVE_INFINITY,
    covers: settings().coverage !== undefined,
    unref: true,
  });
  return {
    extract: sandbox.extract,
    run(attempt, world, journal) {
      worlds.set(attempt, world);
      return sandbox.run(attempt, journal);
    },
    async stop() {
      shared = undefined;
      await sandbox.stop();
    },
  };
}

/** A row that checks as always, and asks the attempt's own world for all the rest. */
function passedOn(row: HostFunction, worldOf: (context: CallContext) => AttemptWorld): HostFunction {
  const own = (context: CallContext) => {
    const world = worldOf(context);
    return { world, row: world.catalogue.get(row.op) ?? row, context: { ...context, clock: world.clock } };
  };
  const { dry } = row;
  return {
    ...row,
    refuse(args, given) {
      const { world, row: mine, context } = own(given);
      const refusal = mine.refuse?.(args, context);
      return world.called(row.op, args, context, refusal) ? undefined : refusal;
    },
    async perform(args, given) {
      const { world, row: mine, context } = own(given);
      const ended = row.waits ? () => {} : world.working();
      try {
        return await mine.perform(args, context);
      } finally {
        ended();
      }
    },
    ...(dry && { dry: (args, given) => own(given).row.dry?.(args, own(given).context) }),
    ...(row.reveal && { reveal: async (kept, given) => own(given).row.reveal?.(kept, own(given).context) }),
  };
}
