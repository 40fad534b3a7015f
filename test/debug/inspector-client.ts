import WebSocket from "ws";

export interface Paused {
  reason: string;
  callFrames: {
    callFrameId: string;
    functionName: string;
    url: string;
    location: { scriptId: string; lineNumber: number; columnNumber: number };
    scopeChain: { type: string; object: { objectId: string } }[];
  }[];
}

type Sent = { id: number; result?: any; error?: { message: string } };

/** Speaks the Chrome DevTools protocol as a debugger does. */
export async function inspectorClient(url: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return protocolOver({
    say: (text) => socket.send(text),
    hear: (listener) => socket.on("message", (data) => listener(String(data))),
    close: () => socket.close(),
    onClose: (listener) => socket.on("close", listener),
  });
}

export interface Wire {
  say(text: string): void;
  hear(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

export function protocolOver(wire: Wire) {
  let ids = 0;
  const answers = new Map<number, { resolve: (value: any) => void; reject: (error: Error) => void }>();
  const seen: { method: string; params: any }[] = [];
  const waiting: { method: string; resolve: (params: any) => void; reject: (error: Error) => void }[] = [];
  const everything: string[] = [];
  const closed = new Promise<void>((resolve) =>
    wire.onClose(() => {
      for (const { reject } of [...answers.values(), ...waiting]) reject(new Error("the connection was closed"));
      resolve();
    }),
  );
  wire.hear((text) => {
    everything.push(text);
    const message = JSON.parse(text) as Sent & { method?: string; params?: any };
    if (message.method === undefined) {
      const answer = answers.get(message.id);
      answers.delete(message.id);
      if (message.error) answer?.reject(new Error(message.error.message));
      else answer?.resolve(message.result);
      return;
    }
    const at = waiting.findIndex(({ method }) => method === message.method);
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(message.params);
    else seen.push({ method: message.method, params: message.params });
  });

  function ask(method: string, params: object = {}): Promise<any> {
    const id = ++ids;
    const answer = new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
    answer.catch(() => {}); // nobody may wait for it when the session ends
    wire.say(JSON.stringify({ id, method, params }));
    return answer;
  }
  /** The next notification of that name, also when it has come already. */
  function next(method: string): Promise<any> {
    const at = seen.findIndex((one) => one.method === method);
    if (at >= 0) return Promise.resolve(seen.splice(at, 1)[0]?.params);
    return new Promise((resolve, reject) => waiting.push({ method, resolve, reject }));
  }

  return {
    ask,
    next,
    closed,
    close: wire.close,
    everything,
    paused: (): Promise<Paused> => next("Debugger.paused"),
    async enable(): Promise<void> {
      await ask("Runtime.enable");
      await ask("Debugger.enable");
    },
    release: () => ask("Runtime.runIfWaitingForDebugger"),
    /** The value of an expression in the innermost frame. */
    async valueOf(paused: Paused, expression: string): Promise<any> {
      const { result } = await ask("Debugger.evaluateOnCallFrame", { callFrameId: paused.callFrames[0]?.callFrameId, expression, returnByValue: true });
      return result.value;
    },
  };
}
export type InspectorClient = ReturnType<typeof protocolOver>;

/** Positions of a bundle for lines of its sources, by its source map. */
export async function bundleLine(sourceMapUrl: string, source: string, line: number): Promise<{ lineNumber: number; columnNumber: number }> {
  const { SourceMap } = await import("node:module");
  const json = Buffer.from(sourceMapUrl.slice(sourceMapUrl.indexOf(",") + 1), "base64").toString();
  const map = new SourceMap(JSON.parse(json));
  for (let generated = 0; generated < 100_000; generated++) {
    for (let column = 0; column < 200; column++) {
      const entry = map.findEntry(generated, column);
      if (!("originalSource" in entry) || entry.generatedLine !== generated) continue;
      if (entry.originalSource === source && entry.originalLine === line - 1) return { lineNumber: generated, columnNumber: entry.generatedColumn };
    }
  }
  throw new Error(`line ${line} of ${source} is nowhere in the bundle`);
}

/** The line of the source at which a frame stands. */
export async function sourceLine(sourceMapUrl: string, { lineNumber, columnNumber }: { lineNumber: number; columnNumber: number }): Promise<string> {
  const { SourceMap } = await import("node:module");
  const json = Buffer.from(sourceMapUrl.slice(sourceMapUrl.indexOf(",") + 1), "base64").toString();
  const entry = new SourceMap(JSON.parse(json)).findEntry(lineNumber, columnNumber);
  return "originalSource" in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : "nowhere";
}
