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
    this.#chunks.push(chunk);
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

function parseBody(body: Buffer): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new FrameError("a frame holds no JSON", { cause });
  }
  if (!Array.isArray(parsed)) throw new FrameError("a frame holds no array of messages");
  return parsed;
}
