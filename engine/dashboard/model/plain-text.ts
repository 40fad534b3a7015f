/** Escape sequences of terminals: CSI, OSC and the short ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** What a program wrote to a terminal, as text: without colours and movements, lines ended by `\n`. A line that was written over by `\r` shows what stood there last. */
export function plainText(written: string): string {
  const text = written.replace(SEQUENCES, "").replaceAll("\r\n", "\n");
  return text
    .split("\n")
    .map((line) => line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1).replace(CONTROLS, ""))
    .join("\n");
}
