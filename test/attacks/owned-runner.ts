import { Socket } from "node:net";
import { FrameDecoder } from "../../engine/protocol/frames.ts";
import type { EngineMessage } from "../../engine/protocol/sandbox.ts";
import { dropPrivileges } from "../../engine/sandbox/runner/privileges.ts";

/**
 * Takes the place of the runner's program: guest code has broken out of its isolate and owns the process. Each bundle is run in Node itself, and speaks with the engine as
 * it likes, behind the same wall of the operating system.
 */
const uid = dropPrivileges(process.argv.slice(2));
const channel = new Socket({ fd: 3, readable: true, writable: true });
const bundles = new Map<string, string>();
const listeners = new Map<number, Set<(message: EngineMessage) => void>>();

const raw = (bytes: Uint8Array) => new Promise((resolve) => channel.write(bytes, resolve));
function send(...messages: unknown[]): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(messages));
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return raw(Buffer.concat([header, body]));
}

/** What an attack has in its hands. */
function weapons(start: Extract<EngineMessage, { type: "start" }>) {
  const { attempt } = start;
  let calls = 0;
  let entries = 0;
  const heard = new Set<(message: EngineMessage) => void>();
  listeners.set(attempt, heard);
  let hasEnded = false;
  /** Once: a second one would end the runner, at a time at which the next attack may have begun in it. */
  const end = async (ending: unknown = { kind: "completed", value: "null" }): Promise<void> => {
    if (!hasEnded) {
      hasEnded = true;
      await send({ type: "end", attempt, ending, cpuMs: 0, heapBytes: 0 });
    }
  };
  const answersStop = (message: EngineMessage) => {
    if (message.type === "stop") void end({ kind: "stopped" });
  };
  heard.add(answersStop);
  const next = (fits: (message: EngineMessage) => boolean) =>
    new Promise<EngineMessage>((resolve) => {
      const listen = (message: EngineMessage) => {
        if (fits(message) && heard.delete(listen)) resolve(message);
      };
      heard.add(listen);
    });
  return {
    attempt,
    start,
    raw,
    send,
    next,
    /** From now on it doesn't answer when it is told to stop, as an honest runner does. */
    ignoreStop: () => heard.delete(answersStop),
    /** A call as an honest runner makes it. @returns its outcome, as the engine sent it */
    call(op: string, args: unknown) {
      const call = ++calls;
      const outcome = next((message) => message.type === "settle" && message.call === call);
      void send({ type: "call", attempt, call, op, args: JSON.stringify(args), site: "" });
      return outcome;
    },
    emit: (kind: string, body: unknown, at = start.now) => send({ type: "emit", attempt, entry: ++entries, kind, body: JSON.stringify(body), at }),
    end,
  };
}

async function own(start: Extract<EngineMessage, { type: "start" }>): Promise<void> {
  const hands = weapons(start);
  // biome-ignore lint/security/noGlobalEval: this is what owning the process means
  const attack: (hands: object) => unknown = globalThis.eval(bundles.get(start.bundleHash) ?? "");
  const won = await attack(hands);
  if (won !== undefined) await hands.emit("output", { won });
  await hands.end();
}

const decoder = new FrameDecoder();
channel.on("data", (chunk: Buffer) => {
  for (const message of decoder.push(chunk) as EngineMessage[]) {
    if (message.type === "bundle") bundles.set(message.hash, message.text);
    else if (message.type === "start") own(message).catch((error: unknown) => void process.stderr.write(String(error)));
    else if ("attempt" in message) for (const listen of [...(listeners.get(message.attempt) ?? [])]) listen(message);
  }
});
channel.on("close", () => process.abort());
await send({ type: "ready", uid, runtime: "owned" });
