import type { WebSocket } from "ws";
import { type AgentFrame, CLOSE, type EngineFrames, parseAgentFrame } from "../protocol/agent.ts";
import { isOutage, overOutages } from "../store/outage.ts";
import type { Commands } from "./commands.ts";
import { type Connection, refuse } from "./connections.ts";
import type { Log, TakeReport } from "./ports.ts";
import type { ReportGate } from "./report-gate.ts";
import { createReportReceiver } from "./report-receiver.ts";

/** Frames of one agent that may wait to be handled; beyond that its socket isn't read. */
const MAX_WAITING = 64;

export interface SessionParts {
  commands: Commands;
  clock: { monotonic(): number };
  reports: ReportGate;
  onInventory: TakeReport;
  onFacts(machineId: string, facts: Extract<AgentFrame, { type: "facts" }>["facts"]): Promise<void>;
  packagePart(request: Extract<AgentFrame, { type: "fetchPackage" }>): Promise<EngineFrames["packagePart"]>;
  log: Log;
}

/**
 * Handles what a welcomed agent sends, one frame after the other.
 * @returns resolves when the connection is gone and its last frame is handled
 */
export function serve(socket: WebSocket, connection: Connection, parts: SessionParts): Promise<void> {
  const { commands, clock, log } = parts;
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function handle(frame: AgentFrame): Promise<void> {
    if (frame.type === "heartbeat") return commands.running(connection, frame.running);
    if (frame.type === "ack") return patiently(() => commands.acknowledged(connection, frame));
    if (frame.type === "output") return commands.output(connection, frame);
    if (frame.type === "result") return patiently(() => commands.finished(connection, frame));
    if (frame.type === "facts") return parts.onFacts(connection.machineId, frame.facts);
    if (frame.type === "fetchPackage") return void connection.send(await parts.packagePart(frame));
    if (frame.type !== "inventory") return connection.refuse(CLOSE.invalid, "BAD_REQUEST", `"${frame.type}" comes first, and once`);
    return reports.receive(frame);
  }

  /** Waits for the database as long as the connection lasts: only after a new one would the agent say it again. */
  const patiently = <T>(store: () => Promise<T>): Promise<T> => overOutages(store, { signal: gone.signal });

  const reports = createReportReceiver({
    gate: parts.reports,
    take: (report) => patiently(() => parts.onInventory(connection.machineId, report)),
    send: connection.send,
  });
  socket.once("close", reports.end);

  socket.on("pong", () => {
    connection.lastHeard = clock.monotonic();
  });
  socket.on("message", (data) => {
    connection.lastHeard = clock.monotonic();
    const parsed = parseAgentFrame(String(data));
    if (!parsed.ok) {
      log.warn({ machine: connection.name, problem: parsed.problem }, "an agent sent something that isn't a frame");
      return refuse(socket, CLOSE.invalid, "BAD_REQUEST", parsed.problem);
    }
    if (++waiting === MAX_WAITING) socket.pause();
    last = last
      .then(() => handle(parsed.frame))
      // What couldn't be stored comes again: a result when the agent connects anew, an inventory within the hour.
      .catch((error) => {
        const level = isOutage(error) ? "warn" : "error";
        log[level]({ err: error, machine: connection.name, frame: parsed.frame.type }, "a frame of an agent couldn't be handled");
      })
      .finally(() => {
        if (--waiting < MAX_WAITING / 2 && socket.isPaused) socket.resume();
      });
  });
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) resolve();
    else socket.once("close", () => resolve(last));
  });
}
