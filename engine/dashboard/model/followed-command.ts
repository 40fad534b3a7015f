import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Command } from "../../protocol/http/machines.ts";
import type { Engine } from "./engine.ts";
import { inPath } from "./engine.ts";
import { type Problem, toProblem } from "./problem.ts";

export type OutputChunk = Command["output"][number];

export interface FollowedCommand {
  command: ReadonlySignal<Command | undefined>;
  /** What it has written, in order; of a lot the last part. */
  output: ReadonlySignal<readonly OutputChunk[]>;
  /** Characters before that. */
  left: ReadonlySignal<number>;
  problem: ReadonlySignal<Problem | undefined>;
  stop(): void;
}

export interface FollowParts {
  engine: Pick<Engine, "get">;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

/** An answer comes at the end, or after this with what was written until then. */
const WAIT = "2s";
const RETRY_MS = 3_000;
/** The engine gives so many chunks at once: as many as that, and there are more. */
const AT_ONCE = 1_000;
/** Characters of output that are held. */
const MOST = 1_000_000;

/** One command and what it writes, until it has ended. */
export function followCommand(id: string, { engine, setTimer, clearTimer }: FollowParts): FollowedCommand {
  const command = signal<Command | undefined>(undefined);
  const output = signal<readonly OutputChunk[]>([]);
  const left = signal(0);
  const problem = signal<Problem | undefined>(undefined);
  const abort = new AbortController();
  let timer: unknown;

  function take(next: Command): void {
    const chunks = [...output.value, ...next.output];
    let size = chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
    let first = 0;
    for (; size > MOST && first < chunks.length - 1; first++) size -= chunks[first]?.chunk.length ?? 0;
    batch(() => {
      command.value = next;
      problem.value = undefined;
      left.value += chunks.slice(0, first).reduce((sum, { chunk }) => sum + chunk.length, 0);
      output.value = chunks.slice(first);
    });
  }

  async function read(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const known = command.value;
        const after = output.value.at(-1)?.seq;
        const next = await engine.get<Command>(`/api/v1/commands/${inPath(id)}`, {
          query: { wait: known === undefined ? undefined : WAIT, after },
          signal: abort.signal,
        });
        take(next);
        more = next.endedAt === null || next.output.length === AT_ONCE;
      }
    } catch (error) {
      if (abort.signal.aborted) return;
      problem.value = toProblem(error);
      const { status } = problem.value;
      if (status === 0 || status === 429 || status >= 500) timer = setTimer(() => void read(), RETRY_MS);
    }
  }
  void read();

  return {
    ...{ command, output, left, problem },
    stop() {
      abort.abort();
      clearTimer(timer);
    },
  };
}
