import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import { collectFacts } from "../../engine/agent/facts.ts";
import { AGENT_PATH, NONCE_HEADER } from "../../engine/protocol/agent.ts";
import { helloStatement, openIdentity } from "../../engine/protocol/signature.ts";

/** The agent's half of the conversation, said by hand: what a broken, hostile or cloned agent would send. */
export interface RawAgent {
  socket: WebSocket;
  challenge: Record<string, any>;
  send(frame: object): void;
  next(): Promise<Record<string, any>>;
  /** Frames that came since, of one type. */
  closed: Promise<{ code: number; reason: string }>;
}

export const NONCE = "n".repeat(43);

/** @param autoPong false: it reads, but answers no ping */
export async function connectRaw(port: number, { autoPong = true } = {}): Promise<RawAgent> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${AGENT_PATH}`, { headers: { [NONCE_HEADER]: NONCE }, autoPong });
  const frames: Record<string, any>[] = [];
  let wake = () => {};
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)));
    wake();
  });
  socket.on("error", () => wake());
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => {
      resolve({ code, reason: String(reason) });
      wake();
    });
  });
  const next = async () => {
    while (frames.length === 0) {
      if (socket.readyState === socket.CLOSED) throw new Error("the connection was closed and no frame is left");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return frames.shift() as Record<string, any>;
  };
  await once(socket, "open");
  return { socket, challenge: await next(), send: (frame) => socket.send(JSON.stringify(frame)), next, closed };
}

/** A valid `hello` of the machine whose state directory this is, as any process that has a copy of it could say it. */
export async function helloOf(stateDirectory: string, challenge: Record<string, any>, { runId = "run_raw", seed }: { runId?: string; seed?: string } = {}) {
  const stored = JSON.parse(await readFile(join(stateDirectory, "identity.json"), "utf8"));
  const identity = openIdentity(seed ?? stored.seed);
  const nonces = { agentNonce: NONCE, engineNonce: challenge.nonce, engineKey: challenge.engineKey };
  const signature = identity.sign(helloStatement(nonces, stored.machineId, runId));
  const facts = await collectFacts("0.1.0");
  return { type: "hello", protocol: 1, runId, machineId: stored.machineId as string, publicKey: identity.publicKey, signature, facts };
}
