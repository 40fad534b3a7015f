import { appendFile, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

/** Logs of package managers that are kept, the newest; each is what one command has written. */
const KEPT = 20;
const KEPT_BYTES = 100 * 1024 * 1024;
const FOLLOW_MS = 500;
/** Sent to the engine of one command; the file has all of it. */
const SENT_BYTES = 512 * 1024;

/** Where package managers write, in the agent's state directory. */
export async function openChangeLog(stateDirectory: string, commandId: string) {
  const directory = join(stateDirectory, "logs");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await prune(directory);
  const file = join(directory, `${commandId}.log`);
  await appendFile(file, "", { mode: 0o600 });
  return { file, write: (text: string) => appendFile(file, text, { mode: 0o600 }) };
}

/** The oldest go when there are too many, or they are too large together. */
async function prune(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".log"));
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

/** Sends on what is added to a file while something runs. @returns stops, after what is there has been sent */
export function follow(file: string, send: (chunk: string) => void): () => Promise<void> {
  let position = -1;
  let sent = 0;
  let last: Promise<void> = Promise.resolve();
  const read = async () => {
    const log = await open(file, "r");
    try {
      const { size } = await log.stat();
      if (position < 0) position = size; // what an earlier process has sent
      const wanted = Math.min(size - position, SENT_BYTES - sent);
      if (wanted <= 0) return;
      const { buffer, bytesRead } = await log.read(Buffer.alloc(wanted), 0, wanted, position);
      position += bytesRead;
      sent += bytesRead;
      send(buffer.toString("utf8", 0, bytesRead));
      if (sent >= SENT_BYTES) send(`\n… the machine keeps the rest in ${file}\n`);
    } finally {
      await log.close();
    }
  };
  const look = () => {
    last = last.then(read).catch(() => {}); // what can't be followed is in the file all the same
  };
  look();
  const timer = setInterval(look, FOLLOW_MS);
  return async () => {
    clearInterval(timer);
    look();
    await last;
  };
}
