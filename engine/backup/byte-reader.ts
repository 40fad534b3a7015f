/** Takes a stream apart: as many bytes as asked for, whatever pieces they come in. Holds no more than was asked for and one piece. */
export function createByteReader(source: AsyncIterable<Uint8Array>) {
  const pieces = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** @returns false at the end */
  async function more(): Promise<boolean> {
    const { done, value } = await pieces.next();
    if (done) return false;
    const piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    return true;
  }

  function take(length: number): Buffer {
    const taken = held.subarray(0, length);
    held = held.subarray(taken.length);
    return taken;
  }

  return {
    /** So many bytes; fewer at the end. */
    async upTo(length: number): Promise<Buffer> {
      while (held.length < length && (await more()));
      return take(length);
    },
    async isAtEnd(): Promise<boolean> {
      while (held.length === 0) if (!(await more())) return true;
      return false;
    },
    /** Up to a line end, which is left out of neither; undefined when none comes within so many bytes. */
    async line(longest: number): Promise<Buffer | undefined> {
      for (;;) {
        const end = held.indexOf(10);
        if (end >= 0 && end < longest) return take(end + 1);
        if (held.length >= longest || !(await more())) return undefined;
      }
    },
    /** So many bytes as they come; fewer at the end. */
    async *exactly(length: number): AsyncIterable<Buffer> {
      for (let left = length; left > 0; ) {
        if (held.length === 0 && !(await more())) return;
        const piece = take(left);
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },
    async *rest(): AsyncIterable<Buffer> {
      do {
        if (held.length > 0) yield take(held.length);
      } while (await more());
    },
    /** Whoever needs no more says so: the source is closed. */
    async close(): Promise<void> {
      await pieces.return?.();
    },
  };
}
export type ByteReader = ReturnType<typeof createByteReader>;
