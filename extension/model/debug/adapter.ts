/** A message of the Debug Adapter Protocol, as far as it is used here. */
export interface DapMessage {
  seq: number;
  type: "request" | "response" | "event";
  [member: string]: unknown;
}

export interface AdapterParts {
  send(message: DapMessage): void;
  /** Begins the session. What it throws is told to the person, and nothing has begun. */
  begin(configuration: Readonly<Record<string, unknown>>): Promise<void>;
  /** The person ends it. */
  end(): void;
}

export interface Printed {
  category?: "console" | "stdout" | "stderr" | "important";
  path?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
}

export interface Adapter {
  take(message: unknown): void;
  /** A line of the debug console. */
  print(text: string, about?: Printed): void;
  /** The session is over. */
  finished(exitCode: number): void;
}

/**
 * The editor's side of a session of type `runwright`: it holds the job and its output. Breakpoints and threads are those of the JavaScript debugger, whose session is a
 * child of this one.
 */
export function createAdapter({ send, begin, end }: AdapterParts): Adapter {
  let seq = 1;
  let isFinished = false;
  const event = (name: string, body?: object) => send({ seq: seq++, type: "event", event: name, ...(body && { body }) });

  async function answer(command: string, given: Readonly<Record<string, unknown>>): Promise<object | undefined> {
    switch (command) {
      case "initialize":
        return { supportsConfigurationDoneRequest: true, supportsTerminateRequest: true };
      case "launch":
      case "attach":
        await begin(given);
        event("initialized");
        return undefined;
      case "setBreakpoints":
        return { breakpoints: (Array.isArray(given.breakpoints) ? given.breakpoints : []).map(() => ({ verified: false })) };
      case "threads":
        return { threads: [] };
      case "terminate":
      case "disconnect":
        end();
        return undefined;
      default:
        return undefined;
    }
  }

  return {
    take(message) {
      const { type, seq: asked, command, arguments: given } = Object(message);
      if (type !== "request" || typeof command !== "string") return;
      const respond = (more: object) => send({ seq: seq++, type: "response", request_seq: asked, command, ...more });
      answer(command, Object(given)).then(
        (body) => respond({ success: true, ...(body && { body }) }),
        (error: unknown) => {
          const text = error instanceof Error ? error.message : String(error);
          respond({ success: false, message: text, body: { error: { id: 1, format: "{text}", variables: { text }, showUser: true } } });
        },
      );
    },
    print(text, { category = "console", path, line, column } = {}) {
      const place = path === undefined ? {} : { source: { name: path.split(/[\\/]/).at(-1), path }, line, column };
      event("output", { category, output: text.endsWith("\n") ? text : `${text}\n`, ...place });
    },
    finished(exitCode) {
      if (isFinished) return;
      isFinished = true;
      event("exited", { exitCode });
      event("terminated");
    },
  };
}
