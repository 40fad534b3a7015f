import { clean } from "./clean-text.ts";

/*
 * What programs write for terminals: colours, moves of the cursor, titles of windows. ECMA-48: a control sequence begins with ESC [ (or its one-character form), a string with ESC ] and its like and ends with BEL or ST.
 * One that never ends takes no more than its line with it.
 */
const STRINGS = /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g;
const SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g;
const OTHERS = /\u001b[ -/]*[0-~]?/g;

/** A progress bar writes its line over and over; the last of it counts. */
const asLastWritten = (line: string): string => {
  const end = line.replace(/\r$/, "");
  return end.slice(end.lastIndexOf("\r") + 1);
};

/** Text of a program without what only a terminal understands. */
export function withoutTerminal(text: string): string {
  const plain = /[\u001b\u0090-\u009f]/.test(text) ? text.replace(STRINGS, "").replace(SEQUENCES, "").replace(OTHERS, "") : text;
  return clean(plain.includes("\r") ? plain.split("\n").map(asLastWritten).join("\n") : plain);
}
