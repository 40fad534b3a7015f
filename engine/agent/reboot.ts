import { setTimeout as delay } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { rebootArgs } from "../protocol/agent.ts";
import { type ActionContext, AgentStops, isStopping, type LastingAction, unlessStopped } from "./actions.ts";
import { runRebootCommand } from "./reboot-command.ts";
import { runFiles } from "./run-file.ts";
import type { Turn } from "./turn.ts";

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
  turn: Turn;
  clock: Clock;
  /** How long a machine may take to go down, milliseconds. */
  stillHereMs?: number;
}

/**
 * The action `reboot`: ends when the agent is back under another boot id, which proves it. A machine that has rebooted since it was asked for isn't rebooted again. It waits for
 * whatever changes packages.
 */
export function createReboot({ stateDirectory, command, bootId, turn, clock, stillHereMs = STILL_HERE_MS }: RebootParts): LastingAction {
  const files = runFiles(stateDirectory, "reboots", isRebootState);

  /** @throws REBOOT_FAILED when the same boot goes on */
  async function untilGone(state: RebootState, { commandId, signal }: ActionContext): Promise<never> {
    const left = Math.max(0, stillHereMs - Math.max(0, clock.now() - state.askedAt));
    await delay(left, undefined, { signal }).catch(() => {}); // the agent stops, as it should
    if (isStopping(signal)) throw new AgentStops();
    await files.forget(commandId);
    throw signal.aborted
      ? new RunwrightError("COMMAND_CANCELLED", "it was cancelled after the reboot had been asked for; the machine may still go down")
      : new RunwrightError("REBOOT_FAILED", `the machine still runs the boot that should have ended ${Math.round(stillHereMs / 60_000)} minutes ago`);
  }

  return {
    async start(args, context) {
      if (!rebootArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "reboot needs a reason and the boot id that is to end");
      const before = await bootId();
      if (before === "") throw new RunwrightError("REBOOT_FAILED", "this system doesn't say which boot it runs: a reboot couldn't be proven");
      if (before !== args.bootId) return { bootIdBefore: args.bootId, bootId: before, downMs: null };
      using _ = await unlessStopped(context.signal, turn.take());
      if (context.signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", "it was cancelled before the machine was told to reboot");
      const state = { bootId: before, askedAt: clock.now() };
      await files.save(context.commandId, state);
      await runRebootCommand(await command()).catch(async (error) => {
        await files.forget(context.commandId);
        throw error;
      });
      return untilGone(state, context);
    },
    async resume(context) {
      const state = await files.load(context.commandId);
      if (state === undefined) return undefined;
      const now = await bootId();
      if (now === state.bootId) return untilGone(state, context);
      await files.forget(context.commandId);
      return { value: { bootIdBefore: state.bootId, bootId: now, downMs: Math.max(0, clock.now() - state.askedAt) } };
    },
  };
}
