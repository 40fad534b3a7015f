import { setTimeout as delay } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { rebootArgs } from "../protocol/agent.ts";
import { type ActionContext, type LastingAction, unlessStopped } from "./actions.ts";
import { runRebootCommand } from "./reboot-command.ts";
import { runFiles } from "./run-file.ts";
import { type TimeLeft, timeLeft } from "./time-left.ts";
import type { Turn } from "./turn.ts";

/** How long it is waited for package managers that are at work on the machine, whoever started them: none is interrupted. */
const QUIET_WITHIN_MS = 10 * 60_000;
const LOOK_EVERY_MS = 1_000;
/** Services have so long to end before the same boot counts as a reboot that failed. */
const STILL_HERE_MS = 15 * 60_000;

const Schema = Type.Object({ bootId: Type.String(), askedAt: Type.Number() });
type RebootState = Static<typeof Schema>;
const validator = Compile(Schema);
const isRebootState = (value: unknown): value is RebootState => validator.Check(value);

export interface RebootParts {
  stateDirectory: string;
  /** Program and arguments that reboot this machine. */
  command(): Promise<readonly string[]>;
  /** Of this boot; empty: this system doesn't say. */
  bootId(): Promise<string>;
  /** Package managers at work on this machine, such as `apt-get (1234)`. */
  busy(): Promise<readonly string[]>;
  turn: Turn;
  clock: Clock;
  quietWithinMs?: number;
  lookEveryMs?: number;
  /** How long a machine may take to go down, milliseconds. */
  stillHereMs?: number;
}

/**
 * The action `reboot`: ends when the agent is back under another boot id, which proves it. A machine that has rebooted since it was asked for isn't rebooted again. It waits for
 * whatever changes packages, as long as there is time to begin, and nothing changes any from then on.
 */
export function createReboot(parts: RebootParts): LastingAction {
  const { stateDirectory, command, bootId, turn, clock, stillHereMs = STILL_HERE_MS } = parts;
  const files = runFiles(stateDirectory, "reboots", isRebootState);

  /** Also of a command that is cancelled meanwhile: what the machine was told it still does, and nothing is to be installed under that. @throws REBOOT_FAILED when the same boot goes on */
  async function untilGone(state: RebootState, context: ActionContext): Promise<never> {
    const left = Math.max(0, stillHereMs - Math.max(0, clock.now() - state.askedAt));
    await unlessStopped(
      context,
      delay(left, undefined, { signal: context.stopping }).catch(() => {}), // the agent stops
    );
    throw new RunwrightError("REBOOT_FAILED", `the machine still runs the boot that should have ended ${Math.round(stillHereMs / 60_000)} minutes ago`);
  }

  return {
    resumesFirst: true,
    async start(args, context) {
      if (!rebootArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "reboot needs a reason and the boot id that is to end");
      const time = timeLeft(clock, { leftMs: args.startWithinMs ?? null, at: clock.now() });
      const before = await bootId();
      if (before === "") throw new RunwrightError("REBOOT_FAILED", "this system doesn't say which boot it runs: a reboot couldn't be proven");
      if (before !== args.bootId) return { bootIdBefore: args.bootId, bootId: before, downMs: null };
      using _ = await unlessStopped(context, turnInTime(turn, time, context));
      await quiet(parts, time, context);
      const argv = await command();
      requireTime(time, context);
      const state = { bootId: before, askedAt: clock.now() };
      await files.save(context.commandId, state);
      await unlessStopped(context, runRebootCommand(argv));
      return await untilGone(state, context);
    },
    async resume(context) {
      // It may still go down: nothing should be installed meanwhile, nor begin while this is being found out.
      using _ = await unlessStopped(context, turn.take());
      const state = await files.load(context.commandId);
      if (state === undefined) return undefined;
      const now = await bootId();
      if (now === state.bootId) return await untilGone(state, context);
      const downMs = clock.now() - state.askedAt;
      return { value: { bootIdBefore: state.bootId, bootId: now, downMs: downMs < 0 ? null : downMs } }; // null: the clock was set back meanwhile
    },
    forget: files.forget,
  };
}

/** @throws COMMAND_CANCELLED, TOO_LATE: from here on nothing is begun */
function requireTime(time: TimeLeft, { signal }: Pick<ActionContext, "signal">): void {
  if (signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", "it was cancelled before the machine was told to reboot");
  if (time.leftMs() <= 0) throw new RunwrightError("TOO_LATE", "not begun: its time was over before the machine could be told to reboot");
}

/** Whoever is late or isn't wanted any more doesn't stand in the queue until an install ends, but says so. */
async function turnInTime(turn: Turn, time: TimeLeft, context: ActionContext): Promise<Disposable> {
  requireTime(time, context);
  const leftMs = time.leftMs();
  const over = leftMs === Number.POSITIVE_INFINITY ? [] : [AbortSignal.timeout(Math.ceil(leftMs))];
  return turn.take(AbortSignal.any([context.signal, ...over])).catch((cause: unknown) => {
    requireTime(time, context);
    throw new RunwrightError("TOO_LATE", "not begun: others changed packages on this machine until its time was over", { cause });
  });
}

/** Waits until no package manager is at work. @throws PACKAGE_MANAGER_BUSY, COMMAND_CANCELLED, TOO_LATE */
async function quiet(
  { busy, quietWithinMs = QUIET_WITHIN_MS, lookEveryMs = LOOK_EVERY_MS }: RebootParts,
  time: TimeLeft,
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    requireTime(time, context);
    const atWork = await busy();
    if (atWork.length === 0) return;
    if (waitedMs >= quietWithinMs)
      throw new RunwrightError("PACKAGE_MANAGER_BUSY", `a reboot would interrupt ${atWork.join(", ")}, also after ${quietWithinMs / 1_000} s`);
    await delay(lookEveryMs, undefined, { signal }).catch(() => {}); // aborted: the next round says so
  }
}
