/**
 * Frames on a byte stream: four bytes of length (big endian), then a JSON array of messages in UTF-8. One frame carries everything that was written
 * in the same turn. Both sides refuse a frame that is longer than MAX_FRAME_BYTES as soon as its length is announced: nothing is buffered for it.
 */
export const MAX_FRAME_BYTES = 32 * 1024 * 1024;
const HEADER_BYTES = 4;

export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** Messages are put into one frame up to about this size. */
const TARGET_BYTES = 1024 * 1024;

/**
 * As few frames as fit the messages.
 * @throws FrameError when a single message is too long
 */
export function encodeFrames(messages: readonly unknown[]): Buffer[] {
  const frames: Buffer[] = [];
  let texts: string[] = [];
  let chars = 0;
  const close = () => {
    if (texts.length > 0) frames.push(frameOf(`[${texts.join(",")}]`));
    texts = [];
    chars = 0;
  };
  for (const message of messages) {
    const text = JSON.stringify(message);
    if (chars + text.length > TARGET_BYTES) close();
    texts.push(text);
    chars += text.length;
  }
  close();
  return frames;
}

function frameOf(body: string): Buffer {
  const bytes = Buffer.byteLength(body, "utf8");
  if (bytes > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${bytes} bytes is longer than ${MAX_FRAME_BYTES}`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  frame.write(body, HEADER_BYTES, "utf8");
  return frame;
}

/** Below that parsing takes milliseconds, whatever it is. */
const PARSED_UNSEEN_BYTES = 64 * 1024;
/** Messages hold texts and numbers, one within another at most. A frame with many of them is no longer than TARGET_BYTES, and one with a longer message holds no other. */
const MAX_DEPTH = 8;
const MAX_MARKS = TARGET_BYTES / 2;
/** Chunks that are smaller are put together, so that nobody makes us hold a frame in millions of pieces. */
const SMALL_CHUNK_BYTES = 32 * 1024;

/** Collects chunks until a frame is complete. Holds at most one frame and one chunk. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #expected: number | null = null;

  /**
   * @returns the messages that are complete now, in order
   * @throws FrameError: the stream is unusable from here on
   */
  push(chunk: Buffer): unknown[] {
    this.#keep(chunk);
    this.#bytes += chunk.length;
    const messages: unknown[] = [];
    for (;;) {
      if (this.#expected === null) {
        if (this.#bytes < HEADER_BYTES) return messages;
        this.#expected = this.#take(HEADER_BYTES).readUInt32BE(0);
        if (this.#expected > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${this.#expected} bytes was announced; at most ${MAX_FRAME_BYTES} are accepted`);
      }
      if (this.#bytes < this.#expected) return messages;
      const body = this.#take(this.#expected);
      this.#expected = null;
      for (const message of parseBody(body)) messages.push(message);
    }
  }

  /** Neighbours of about the same size become one: each byte is copied a few times at most. */
  #keep(chunk: Buffer): void {
    const chunks = this.#chunks;
    chunks.push(chunk);
    for (;;) {
      const [before, last] = chunks.slice(-2);
      if (before === undefined || last === undefined || before.length > last.length || before.length >= SMALL_CHUNK_BYTES) return;
      chunks.splice(-2, 2, Buffer.concat([before, last]));
    }
  }

  #take(count: number): Buffer {
    let all = this.#chunks[0] ?? Buffer.alloc(0);
    if (this.#chunks.length > 1 && all.length < count) all = Buffer.concat(this.#chunks);
    else if (this.#chunks.length > 1) {
      this.#chunks[0] = all.subarray(count);
      this.#bytes -= count;
      return all.subarray(0, count);
    }
    this.#chunks = [all.subarray(count)];
    this.#bytes -= count;
    return all.subarray(0, count);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * V8 takes 14 seconds and 1.4 GB for 32 MB of brackets, and as much for a list of empty lists: nothing that an honest peer sends.
 * @throws FrameError: it holds more lists, objects and members than messages do
 */
function refuseDense(body: Buffer): void {
  if (body.length <= PARSED_UNSEEN_BYTES) return;
  let depth = 0;
  let marks = 0;
  for (let i = 0; i < body.length; i++) {
    switch (body[i]) {
      case QUOTE:
        for (i++; i < body.length && body[i] !== QUOTE; i++) if (body[i] === BACKSLASH) i++;
        continue;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        marks++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        marks++;
    }
    if (depth > MAX_DEPTH || marks > MAX_MARKS) throw new FrameError("a frame holds more, or more within one another, than messages do");
  }
}

function parseBody(body: Buffer): unknown[] {
  refuseDense(body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new FrameError("a frame holds no JSON", { cause });
  }
  if (!Array.isArray(parsed)) throw new FrameError("a frame holds no array of messages");
  return parsed;
}
