import type { AttemptMessage, EngineMessage } from "../../protocol/sandbox.ts";
import type { Command } from "../boundary.ts";
import type { SandboxLog } from "../ports.ts";
import { watchResident } from "../resident-memory.ts";
import { startRunnerProcess } from "../runner-process.ts";

export interface DebugHost {
  send(message: EngineMessage): void;
  /** Ends it at once; nothing is disposed of in there, as that may hang. */
  kill(reason: string): void;
}

export interface DebugHostHandlers {
  /** @throws FrameError when it doesn't keep to the protocol */
  receive(message: AttemptMessage): void;
  /** Told when it ends by itself or breaks the protocol. */
  lost(reason: string): void;
}

/** Its own thread runs no guest code: on a busy computer it is late, but not so late. */
const SILENT_MS = 5_000;
/** This process may itself have been halted, as a test is that somebody debugs: what came meanwhile is read first. */
const READ_WITHIN_MS = 1_000;

/** Runner processes for single attempts that somebody debugs: behind the same wall as all others, never replaced, never shared. */
export function createDebugHosts({ command, log }: { command(place: number): Command; log: SandboxLog }) {
  const places = new Map<number, { kill(reason: string): void; dead: Promise<void>; pid(): number }>();

  function freePlace(): number {
    for (let place = 0; ; place++) if (!places.has(place)) return place;
  }

  return {
    start(memoryMb: number, { receive, lost }: DebugHostHandlers): DebugHost {
      const place = freePlace();
      const dead = Promise.withResolvers<void>();
      let silence: NodeJS.Timeout | undefined;
      const doom = (reason: string) => {
        receive({ type: "doomed", attempt: 1, reason, isMemory: true });
        child.kill(reason);
      };
      const onStuck = () => doom("its process got stuck, as happens at the end of an isolate whose memory is used up");
      const onSilence = () => {
        silence = setTimeout(onStuck, READ_WITHIN_MS);
      };
      const child = startRunnerProcess(command(place), {
        onMessage(message) {
          clearTimeout(silence);
          silence = setTimeout(onSilence, SILENT_MS);
          if (message.type !== "ready" && message.type !== "beat" && message.type !== "gone") receive(message);
        },
        onDead(reason) {
          watch.stop();
          clearTimeout(silence);
          places.delete(place);
          log.info({ reason }, "a debug process has ended");
          lost(reason);
          dead.resolve();
        },
      });
      const watch = watchResident(
        () => child.pid,
        () => memoryMb,
        (bytes) => doom(`it used ${Math.round(bytes / 1024 / 1024)} MB of memory`),
      );
      places.set(place, { kill: child.kill, dead: dead.promise, pid: () => child.pid });
      return { send: child.send, kill: child.kill };
    },
    pids: (): number[] => [...places.values()].map(({ pid }) => pid()),
    async stop(): Promise<void> {
      const open = [...places.values()];
      for (const { kill } of open) kill("the sandbox stops");
      await Promise.all(open.map(({ dead }) => dead));
    },
  };
}
