/**
 * Takes off `startWithinMs`, which may be among the arguments of a command, what the command has waited with whoever hands it on: it counts from when the command was asked for.
 * The clocks of engine and machine are never compared: the engine takes off what lay between storing and sending, the agent what lies between the frame and its action.
 */
export function afterWaiting(args: unknown, waitedMs: number): unknown {
  if (typeof args !== "object" || args === null || !("startWithinMs" in args) || typeof args.startWithinMs !== "number") return args;
  const { startWithinMs } = args;
  return { ...args, startWithinMs: Math.min(startWithinMs, Math.max(0, startWithinMs - Math.ceil(Math.max(0, waitedMs)))) }; // below zero stays wrong
}
