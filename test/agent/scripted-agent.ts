import type { Facts } from "../../engine/core/machine.ts";
import type { Inventory } from "../../engine/core/update.ts";
import type { CommandOutcome } from "../../engine/protocol/agent.ts";
import { joined } from "./agent-under-test.ts";
import type { TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf, type RawAgent } from "./raw-agent.ts";

/** Answers one command; "silence": it takes the command and says nothing more. */
export type Answer = (args: any, agent: ScriptedAgent, commandId: string) => CommandOutcome | "silence" | Promise<CommandOutcome | "silence">;

/** An agent that speaks the protocol, and does what a test says: for actions whose real doing belongs to package managers and reboots. */
export interface ScriptedAgent {
  machineId: string;
  /** Commands in the order in which they came, with their arguments; one that is sent again is there again. */
  readonly commands: { id: string; action: string; args: any }[];
  /** Connects, as another boot if `facts` say so. */
  connect(facts?: Partial<Facts>): Promise<void>;
  /** Loses its connection. */
  disconnect(): Promise<void>;
  send(frame: object): void;
  /** A whole report. */
  report(inventory: Inventory): void;
  stop(): Promise<void>;
}

/** @param answers by action; what isn't there fails @param acknowledges false: what it says of that is lost */
export async function startScriptedAgent(
  engine: Pick<TestEngine, "port" | "token">,
  {
    name = "web1",
    token,
    facts: own = {},
    answers,
    acknowledges = () => true,
  }: { name?: string; token?: string; facts?: Partial<Facts>; answers: Record<string, Answer>; acknowledges?: () => boolean },
): Promise<ScriptedAgent> {
  const { home, stateDirectory, machineId } = await joined(engine, { name, ...(token ? { token } : {}) });
  const commands: ScriptedAgent["commands"] = [];
  let raw: RawAgent | undefined;
  let sequence = 0;

  async function listen(connection: RawAgent): Promise<void> {
    for (;;) {
      const frame = await connection.next().catch(() => undefined); // the connection is gone
      if (frame === undefined) return;
      if (frame.type !== "command") continue;
      commands.push({ id: frame.id, action: frame.action, args: frame.args });
      if (acknowledges()) connection.send({ type: "ack", commandId: frame.id });
      const unknown: Answer = () => ({ status: "failed", error: { code: "BAD_REQUEST", message: `there is no action ${frame.action}` } });
      const outcome = await (answers[frame.action] ?? unknown)(frame.args, agent, frame.id);
      if (outcome !== "silence") agent.send({ type: "result", commandId: frame.id, outcome });
    }
  }

  const agent: ScriptedAgent = {
    machineId,
    commands,
    async connect(facts = {}) {
      raw = await connectRaw(engine.port);
      const hello = await helloOf(stateDirectory, raw.challenge);
      raw.send({ ...hello, facts: { ...hello.facts, ...own, ...facts } });
      await raw.next(); // the welcome
      void listen(raw);
    },
    async disconnect() {
      raw?.socket.terminate();
      await raw?.closed;
      raw = undefined;
    },
    send: (frame) => raw?.send(frame),
    report({ installed, updates, ...head }) {
      sequence = Math.max(sequence + 1, head.collectedAt);
      agent.send({ type: "inventory", sequence, part: 0, parts: 1, head, installed, updates });
    },
    async stop() {
      await agent.disconnect();
      await home.remove();
    },
  };
  await agent.connect();
  return agent;
}

export const completed = (value: unknown): CommandOutcome => ({ status: "completed", value });
