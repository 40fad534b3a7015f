/** What an action gets besides its arguments. */
export interface ActionContext {
  commandId: string;
  /** Fires when the command is cancelled, or the agent stops. */
  signal: AbortSignal;
  /** Sends a piece of output to the engine as it comes; it isn't kept. */
  output(stream: "stdout" | "stderr", chunk: string): void;
}

/**
 * Does what a command asks for and returns plain JSON.
 * @throws RunwrightError when it couldn't be done; its code and message go to the engine
 */
export type Action = (args: unknown, context: ActionContext) => Promise<unknown>;
