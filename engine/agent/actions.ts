/** What an action gets besides its arguments. */
export interface ActionContext {
  commandId: string;
  /** Fires when the command is cancelled, or the agent stops. */
  signal: AbortSignal;
  /** Fires when the agent stops, also after the command was cancelled, and before `signal` does. */
  stopping: AbortSignal;
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
 * far it has come; when the agent stops it throws `AgentStops` and writes nothing more.
 */
export interface LastingAction {
  /** Of what the last process has left this goes on first: its `resume` is called before that of any other, and may take what the others wait for. */
  resumesFirst?: true;
  start: Action;
  /** @returns undefined when nothing on disk says how far it had come: the command counts as interrupted */
  resume(context: ActionContext): Promise<{ value: unknown } | undefined>;
  /** The command's outcome is on disk: what was kept of how far it had come is of no more use. Not earlier: a crash in between would lose both. */
  forget?(commandId: string): Promise<void>;
}

/** Thrown by a lasting action that its process leaves. */
export class AgentStops extends Error {
  constructor() {
    super("the agent stops");
  }
}

type Stoppable = Pick<ActionContext, "stopping">;

/** Waits for something that goes on without this process. @throws AgentStops as soon as the agent stops */
export function unlessStopped<T>({ stopping }: Stoppable, work: Promise<T>): Promise<T> {
  if (stopping.aborted) work.catch(() => {}); // nobody hears of its end any more
  if (stopping.aborted) return Promise.reject(new AgentStops());
  return new Promise((resolve, reject) => {
    const leave = () => reject(new AgentStops());
    stopping.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => stopping.removeEventListener("abort", leave));
  });
}
