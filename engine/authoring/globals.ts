/**
 * Types of what the sandbox offers beyond the language, for the type check of runbooks: neither Node's nor a browser's globals exist there.
 * A text and not a `.d.ts`, because the engine itself is checked with Node's types, which declare the same names.
 */
export const SANDBOX_GLOBALS = `interface Console {
  debug(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  trace(...values: unknown[]): void;
}
/** Writes to the job's log. */
declare var console: Console;
interface Crypto {
  getRandomValues<View extends ArrayBufferView>(view: View): View;
  randomUUID(): string;
}
/** Draws from the job's recorded seed: a replay sees the same values. */
declare var crypto: Crypto;
declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: "utf-8" | "utf8" | "UTF-8");
  readonly encoding: string;
  decode(input?: ArrayBuffer | ArrayBufferView): string;
}
declare function atob(text: string): string;
declare function btoa(text: string): string;
declare function queueMicrotask(callback: () => void): void;
`;
