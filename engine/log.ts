import { write, writeSync } from "node:fs";

const AGAIN_MS = 50;
/** What waits while whoever reads is slow. Beyond that lines are lost, not memory. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Where lines of the engine's log go: in order, without waiting for a disk or a reader. On a full disk, or when nobody reads any more, lines are lost and the engine
 * goes on; the next line that can be written says how many were. (pino's own destination ends the process on such an error, and never returns from its last flush.)
 */
export function openLogLines(fd = 2) {
  let waiting: string[] = [];
  let bytes = 0;
  let lost = 0;
  let isWriting = false;

  function next(): void {
    if (isWriting || waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    bytes = 0;
    isWriting = true;
    put(Buffer.from(told() + lines.join("")), lines.length);
  }

  function put(text: Buffer, lines: number): void {
    write(fd, text, 0, text.length, null, (error, written) => {
      if (error?.code === "EAGAIN") return void setTimeout(put, AGAIN_MS, text, lines);
      if (!error && written < text.length) return put(text.subarray(written), lines);
      if (error) lost += lines;
      isWriting = false;
      next();
    });
  }

  /** What is said of lines that are lost, once. */
  function told(): string {
    if (lost === 0) return "";
    const line = `${JSON.stringify({ level: 40, lines: lost, msg: "lines of the log were lost: they couldn't be written" })}\n`;
    lost = 0;
    return line;
  }

  process.once("exit", () => {
    try {
      if (waiting.length > 0) writeSync(fd, waiting.join(""));
    } catch {
      // the last lines are lost as others were: nothing may keep a process from ending
    }
  });
  return {
    write(line: string): void {
      if (bytes + line.length > MOST_BYTES) {
        lost++;
        return;
      }
      waiting.push(line);
      bytes += line.length;
      next();
    },
  };
}
