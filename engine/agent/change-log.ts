import { appendFile, mkdir, open, readdir, stat, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { withoutCredentials } from "./credentials.ts";

/** Logs of package managers that are kept, the newest; each is what one command has written. */
const KEPT = 20;
const KEPT_BYTES = 100 * 1024 * 1024;
/** Of one log: of a command that writes more, what came first is dropped. A package's script may write for ever, and a full disk stops more than one install. */
const MAX_BYTES = 32 * 1024 * 1024;
const FOLLOW_MS = 250;
/** Sent to the engine of one command; the file has all of it. */
const SENT_BYTES = 512 * 1024;
/** Of one look; the rest follows with the next. */
const PIECE_BYTES = 64 * 1024;

export interface ChangeLog {
  file: string;
  /** Bytes that an earlier process of the agent has written and sent on. */
  size: number;
  /** Adds words of the agent's own. Never rejects: a disk that is full shows elsewhere. */
  write(text: string): Promise<void>;
}

/** Where package managers write, in the agent's state directory: `logs/COMMAND.log`. */
export async function openChangeLog(stateDirectory: string, commandId: string): Promise<ChangeLog> {
  const directory = join(stateDirectory, "logs");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `${commandId}.log`;
  await prune(directory, name);
  const file = join(directory, name);
  await appendFile(file, "", { mode: 0o600 });
  const { size } = await stat(file);
  return { file, size, write: (text) => appendFile(file, text, { mode: 0o600 }).catch(() => {}) };
}

/** The oldest go when there are too many, or they are too large together; never that of a run that goes on. */
async function prune(directory: string, current: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".log") && name !== current);
  const files = await Promise.all(
    names.map(async (name) => {
      const { mtimeMs, size } = await stat(join(directory, name));
      return { name, mtimeMs, size };
    }),
  );
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const [index, { name, size }] of files.entries()) {
    bytes += size;
    if (index >= KEPT - 1 || bytes > KEPT_BYTES) await unlink(join(directory, name));
  }
}

/**
 * Sends on what is added to a file while something runs, in whole characters and up to a limit, and keeps the file from growing without one.
 * @returns stops, after what is there has been sent
 */
export function follow({ file, size: from }: Pick<ChangeLog, "file" | "size">, send: (chunk: string) => void, maxBytes = MAX_BYTES): () => Promise<void> {
  const decoder = new StringDecoder("utf8");
  let position = from;
  let sent = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** @returns whether there is more */
  async function look(): Promise<boolean> {
    const log = await open(file, "r");
    try {
      const { size } = await log.stat();
      if (position > size) position = 0; // it was cut
      const wanted = Math.min(size - position, PIECE_BYTES);
      if (wanted > 0) {
        const { buffer, bytesRead } = await log.read(Buffer.alloc(wanted), 0, wanted, position);
        position += bytesRead;
        pass(buffer.subarray(0, bytesRead));
      }
      if (size > maxBytes && position >= size) {
        await truncate(file);
        await appendFile(file, `[the first ${size} bytes were dropped]\n`);
      }
      return position < size;
    } finally {
      await log.close();
    }
  }
  function pass(bytes: Buffer): void {
    if (sent >= SENT_BYTES) return;
    sent += bytes.length;
    const text = decoder.write(bytes);
    if (text !== "") send(withoutCredentials(text));
    if (sent >= SENT_BYTES) send(`\n… the machine keeps the rest in ${file}\n`);
  }
  const inTurn = (act: () => Promise<unknown>) => {
    last = last.then(act).catch(() => {}); // what can't be followed is in the file all the same
    return last;
  };
  void inTurn(look);
  const timer = setInterval(() => void inTurn(look), FOLLOW_MS);
  return async () => {
    clearInterval(timer);
    await inTurn(async () => {
      while (await look());
    });
  };
}
