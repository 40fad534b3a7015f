/**
 * Aborts with the signal, and when standard input ends: a program that holds its other end and is killed, as an editor is, can't ask for an end any more.
 * It keeps no process alive.
 */
export function untilStdinEnds(signal: AbortSignal, stdin: NodeJS.ReadStream = process.stdin): AbortSignal {
  const gone = new AbortController();
  // Also when it breaks, as a socket does.
  for (const end of ["end", "close", "error"]) stdin.once(end, () => gone.abort());
  stdin.resume();
  // A file has no such thing, and ends at once.
  stdin.unref?.();
  return AbortSignal.any([signal, gone.signal]);
}

/** Of commands that wait for a debugger: nobody would ever end them. */
export const UNTIL_STDIN_ENDS = [
  "--until-stdin-ends",
  "end when standard input does: nothing is left behind by a program that starts this one and is killed",
] as const;
