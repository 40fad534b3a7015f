import type { Clock } from "../core/clock.ts";
import { type AgentFrames, MAX_KEPT_OUTPUT } from "../protocol/agent.ts";
import type { Store } from "../store/store.ts";
import type { CommandSeal, OpenedChunk } from "./command-seal.ts";
import type { CommandKey } from "./ports.ts";

export type OutputListener = (chunk: OpenedChunk) => void;

/** Both streams of a command, and then some: an agent of ours stops earlier. */
const MAX_CHARACTERS = 3 * MAX_KEPT_OUTPUT;
const MAX_CHUNKS = 20_000;

interface Stream {
  /** The machine that was given this command, and its key; undefined: nobody, or it has ended. Asked once. */
  owner: Promise<{ machineId: string; key: CommandKey } | undefined>;
  characters: number;
  chunks: number;
  writing: Promise<void>;
}

/** Output of commands while they run: stored in order and passed on live. Its loss with a connection is no loss of the result, which has it all. */
export function createCommandOutput({ store, clock, seal }: { store: Store; clock: Clock; seal: CommandSeal }) {
  const streams = new Map<string, Stream>();
  const listeners = new Map<string, Set<OutputListener>>();

  function open(commandId: string): Stream {
    const owner = store.read.commands.get(commandId).then((command) => {
      return command?.endedAt === null ? { machineId: command.machineId, key: seal.keyOf(command) } : undefined;
    });
    const stream = { owner, characters: 0, chunks: 0, writing: Promise.resolve() };
    streams.set(commandId, stream);
    return stream;
  }

  return {
    async add(machineId: string, { commandId, seq, stream: name, chunk }: AgentFrames["output"]): Promise<void> {
      const stream = streams.get(commandId) ?? open(commandId);
      const owner = await stream.owner.catch((error) => {
        streams.delete(commandId);
        throw error;
      });
      // Any machine may name any command: what it says of one that isn't its own, or of none, leaves nothing behind.
      if (owner === undefined) streams.delete(commandId);
      if (owner?.machineId !== machineId) return;
      stream.characters += chunk.length;
      stream.chunks++;
      if (stream.characters > MAX_CHARACTERS || stream.chunks > MAX_CHUNKS) return;
      const opened: OpenedChunk = { commandId, seq, stream: name, chunk, at: clock.now() };
      for (const listener of listeners.get(commandId) ?? []) listener(opened);
      const sealed = seal.sealChunk(owner.key, opened);
      stream.writing = store.write((tx) => tx.commands.appendOutput([sealed]));
      await stream.writing;
    },
    listen(commandId: string, listener: OutputListener): () => void {
      const set = listeners.get(commandId) ?? new Set();
      listeners.set(commandId, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(commandId);
      };
    },
    /** The command has ended: what came is stored, but for what an outage took. */
    async flush(commandId: string): Promise<void> {
      await streams.get(commandId)?.writing.catch(() => {}); // the result has it all
      streams.delete(commandId);
    },
    async stop(): Promise<void> {
      await Promise.allSettled([...streams.values()].map((stream) => stream.writing));
      streams.clear();
    },
  };
}
