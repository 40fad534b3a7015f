import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { MAX_KEPT_OUTPUT } from "../protocol/agent.ts";

const FLUSH_BYTES = 16 * 1024;
const FLUSH_MS = 50;

/**
 * Collects a program's output as text: up to a limit it is kept and passed on in pieces of a sensible size; what follows is read and dropped, so that
 * the program doesn't block. The limit counts bytes of JSON text, in which the result travels: a NUL takes six.
 */
export function keepOutput(stream: Readable, onChunk: (chunk: string) => void, limit = MAX_KEPT_OUTPUT) {
  const decoder = new StringDecoder("utf8");
  const kept: string[] = [];
  let left = limit;
  let truncated = false;
  let pending = "";
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending !== "") onChunk(pending);
    pending = "";
  };
  const add = (text: string) => {
    const piece = jsonBytes(text) <= left ? text : cut(text, left);
    truncated ||= piece.length < text.length;
    left -= jsonBytes(piece);
    if (piece === "") return;
    kept.push(piece);
    pending += piece;
    if (pending.length >= FLUSH_BYTES) flush();
    else timer ??= setTimeout(flush, FLUSH_MS);
  };
  const ended = new Promise<void>((resolve) => stream.once("close", resolve));
  const onData = (bytes: Buffer) => add(decoder.write(bytes));
  stream.on("data", onData);
  stream.on("error", () => {}); // "close" follows

  return {
    ended,
    add,
    /** Nothing is collected from here on. A program that still writes isn't stopped by a closed pipe: it is read and dropped. */
    finish(): { text: string; truncated: boolean } {
      stream.off("data", onData);
      stream.resume();
      if ("unref" in stream && typeof stream.unref === "function") stream.unref();
      add(decoder.end());
      flush();
      return { text: kept.join(""), truncated };
    },
  };
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** The longest beginning that takes at most `limit` bytes, in whole characters. */
function cut(text: string, limit: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += jsonBytes(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}
