import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { DebugLink, DebugStep } from "../core/debug.ts";
import type { StreamBody } from "../core/job.ts";
import { openRelay, type Relay } from "../debug/relay.ts";

/** Somebody debugs the jobs of a runbook in a world of tests. Each attempt is held until a debugger has attached to its address and let it go. */
export interface DebuggerWishes {
  /** Port of 127.0.0.1; 0: a free one for each attempt. */
  port: number;
  /** Whether debuggers that look for something to debug are told of it. */
  isListed: boolean;
  onListening(url: string, runbook: string): void;
  onStep?(step: DebugStep): void;
  /** What the job writes, as it writes it; masked. */
  onEntry?(body: StreamBody, at: number): void;
}

export interface OpenedAttempt {
  link: DebugLink;
  /** The attempt has ended: so does the session of its debugger. */
  close(): Promise<void>;
}

interface AttemptEnds {
  /** The debugger has gone, and nobody else will come. */
  left(): void;
  failed(error: Error): void;
}

/** @param about.file path of the runbook */
export function openToDebugger({ file, runbook }: { file: string; runbook: string }, wishes: DebuggerWishes, { left, failed }: AttemptEnds): OpenedAttempt {
  let relay: Relay | undefined;
  let isClosed = false;

  async function listen(onMessage: (message: string) => void): Promise<void> {
    const onLeft = () => isClosed || left();
    const { port, isListed } = wishes;
    const opened = await openRelay({ title: runbook, file: pathToFileURL(file).href, port, isListed, onMessage, onLeft });
    if (isClosed) return opened.stop();
    relay = opened;
    wishes.onListening(opened.url, runbook);
  }

  return {
    link: {
      inspect: true,
      sourceRoot: `${pathToFileURL(dirname(file)).href}/`,
      haltAfter: null,
      ready: (door) => void listen(door.inspect).catch((error: unknown) => failed(error instanceof Error ? error : new Error(String(error)))),
      inspector: (message) => relay?.send(message),
      halted() {},
      step: (step) => wishes.onStep?.(step),
      // A dry job stays one.
      permits: async () => false,
    },
    async close() {
      isClosed = true;
      await relay?.stop();
    },
  };
}
