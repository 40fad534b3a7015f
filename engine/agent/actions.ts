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

/**
 * An action that outlives its process: what a crash, a reboot or a stop of the agent has interrupted, the next process goes on with. It keeps on disk by itself how
 * far it has come, and after `signal` has fired with `AGENT_STOPS` it writes nothing more.
 */
export interface LastingAction {
  start: Action;
  /** @returns undefined when nothing on disk says how far it had come: the command counts as interrupted */
  resume(context: ActionContext): Promise<{ value: unknown } | undefined>;
}

/** Why a signal has fired: the process ends, and the command isn't cancelled. */
export const AGENT_STOPS = "the agent stops";
/** Thrown by a lasting action that its process leaves. */
export class AgentStops extends Error {}

export const isStopping = (signal: AbortSignal): boolean => signal.aborted && signal.reason === AGENT_STOPS;

/** Waits for something that goes on without this process. @throws AgentStops as soon as the agent stops */
export function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (isStopping(signal)) return Promise.reject(new AgentStops(AGENT_STOPS));
  return new Promise((resolve, reject) => {
    const leave = () => {
      if (isStopping(signal)) reject(new AgentStops(AGENT_STOPS));
    };
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
