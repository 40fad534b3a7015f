import type { CommandRecord, OutputChunk } from "../store/records/commands.ts";
import type { Store } from "../store/store.ts";
import type { StoredOutcome } from "./commands.ts";
import type { CommandKey, Sealer } from "./ports.ts";

/** What a command was given, what came of it and what it wrote, opened. */
export interface CommandContent {
  args: unknown;
  /** null: it hasn't ended. */
  result: StoredOutcome | null;
  output: OpenedChunk[];
}

export type OpenedChunk = Omit<OutputChunk, "chunk"> & { chunk: string };

type Sealed = Pick<CommandRecord, "id" | "wrappedKey">;

/**
 * Arguments, results and output of commands hold secrets of jobs: stored, they are sealed, under a key for each command.
 * Invariant: the context names command and field (and place, of output), so that nothing can be passed off as something else.
 * All that opens throws DATABASE_DAMAGED for what was altered, MASTER_KEY_WRONG when the key itself was.
 */
export function createCommandSeal(sealer: Sealer) {
  const keyOf = (command: Sealed): CommandKey => sealer.unwrap(command.wrappedKey);

  return {
    keyOf,
    /** The sealed parts of a new command. */
    begin(id: string, args: unknown): Pick<CommandRecord, "wrappedKey" | "args" | "result"> {
      const { wrapped, key } = sealer.newKey();
      return { wrappedKey: wrapped, args: key.seal(JSON.stringify(args), contextOf(id, "args")), result: null };
    },
    args: (command: Sealed & Pick<CommandRecord, "args">): unknown => JSON.parse(keyOf(command).open(command.args, contextOf(command.id, "args"))),
    sealResult: (command: Sealed, outcome: StoredOutcome): Uint8Array => keyOf(command).seal(JSON.stringify(outcome), contextOf(command.id, "result")),
    result: (command: Sealed & Pick<CommandRecord, "result">): StoredOutcome | null =>
      command.result === null ? null : (JSON.parse(keyOf(command).open(command.result, contextOf(command.id, "result"))) as StoredOutcome),
    sealChunk: (key: CommandKey, chunk: OpenedChunk): OutputChunk => ({ ...chunk, chunk: key.seal(chunk.chunk, placeOf(chunk)) }),

    /** For whoever shows a command. @param page of its output */
    async content(store: Pick<Store, "read">, command: CommandRecord, page: { after: number; limit: number }): Promise<CommandContent> {
      const key = keyOf(command);
      const stored = await store.read.commands.output(command.id, page);
      const output = stored.map((chunk) => ({ ...chunk, chunk: key.open(chunk.chunk, placeOf(chunk)) }));
      return { args: this.args(command), result: this.result(command), output };
    },
  };
}
export type CommandSeal = ReturnType<typeof createCommandSeal>;

const contextOf = (id: string, field: "args" | "result"): string => `command ${id} ${field}`;
const placeOf = ({ commandId, seq, stream }: Pick<OutputChunk, "commandId" | "seq" | "stream">): string => `command ${commandId} output ${seq} ${stream}`;
