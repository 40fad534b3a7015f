import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const LOOK_EVERY_MS = 200;

/**
 * Hands on what another process appends to a file.
 * @param {string} file
 * @param {(text: string) => void} show
 * @returns {() => void} shows the rest and ends
 */
export function followFile(file, show) {
  const handle = openSync(file, "r");
  const decoder = new TextDecoder();
  let position = 0;
  const look = () => {
    const bytes = Buffer.alloc(fstatSync(handle).size - position);
    position += readSync(handle, bytes, 0, bytes.length, position);
    if (bytes.length > 0) show(decoder.decode(bytes, { stream: true }));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    closeSync(handle);
  };
}
