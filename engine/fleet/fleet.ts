import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import { AGENT_PATH, CLOSE, MAX_FRAME_BYTES, NONCE_HEADER } from "../protocol/agent.ts";
import type { Identity } from "../protocol/signature.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { Store } from "../store/store.ts";
import { createAbsence } from "./absence.ts";
import { createAdmission, rejectUpgrade } from "./admission.ts";
import { createAgentRollout } from "./agent-rollout.ts";
import { createCloneCheck } from "./clones.ts";
import { createCommandSeal } from "./command-seal.ts";
import { createCommands, type EndedCommand, type OnEnded } from "./commands.ts";
import { close, createConnections } from "./connections.ts";
import { createDoor } from "./door.ts";
import { createElsewhere } from "./elsewhere.ts";
import { createEnrolment } from "./enrolment.ts";
import { type ExecRequest, execForJob } from "./exec.ts";
import { createJoinTokens } from "./join-tokens.ts";
import { createLiveness } from "./liveness.ts";
import { createMachines } from "./machines.ts";
import { createPackageParts } from "./package-parts.ts";
import { type AgentPackage, DEFAULT_SETTINGS, type FleetSettings, type Log, type Sealer, type TakeReport } from "./ports.ts";
import { createReportGate } from "./report-gate.ts";
import { createSelection } from "./selection.ts";
import { serve } from "./session.ts";
import { createUpdateActions } from "./update-actions.ts";

const NONCE = /^[A-Za-z0-9_-]{22,64}$/;

export interface FleetParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  /** The engine's Ed25519 key, which join tokens pin: it must stay the same for ever (`openIdentity(seed)`; keep the seed secret). */
  identity: Identity;
  sealer: Sealer;
  /** Names this engine in the records of the machines that are connected to it. */
  engineId: string;
  engineVersion: string;
  onInventory: TakeReport;
  onCommandEnded?: OnEnded;
  onCommandStored?(ended: EndedCommand): void;
  log: Log;
  /** How long the engine's thread has worked since it began, milliseconds. */
  workedMs(): number;
  /** Made when it is first asked for; without it, agents aren't updated by this engine. */
  agentPackage?(): Promise<AgentPackage>;
  /** The peer's address when the engine stands behind a proxy that it trusts; without it, the socket's. */
  addressOf?(request: IncomingMessage): string;
  settings?: Partial<FleetSettings>;
}

/**
 * The engine's side of agents: who they are, which are connected, and what they were told to do.
 *
 * `attach(server)` takes the upgrade requests for `/agent` of an HTTP or HTTPS server (others are left alone); `start()` begins the rounds that notice dead
 * connections and expired commands (tests call `tick()`); `stop()` closes every connection, and the agents come back by themselves.
 * Whoever waits for a command when the engine stops hears nothing more: the command goes on, and `commands.perform` with the same id gives its outcome later.
 */
export function createFleet(parts: FleetParts) {
  const { store, clock, newId, identity, engineId, engineVersion, log } = parts;
  const settings: FleetSettings = { ...DEFAULT_SETTINGS, ...parts.settings };
  const connections = createConnections();
  const seal = createCommandSeal(parts.sealer);
  const commands = createCommands({ store, clock, connections, engineId, seal, onEnded: parts.onCommandEnded, onStored: parts.onCommandStored, log });
  const clones = createCloneCheck({ store, clock, connections, engineId, answerMs: settings.cloneAnswerMs });
  const join = createEnrolment({ store, clock, newId });
  const reports = createReportGate(settings, clock, parts.workedMs);
  const door = createDoor({ store, clock, newId, identity, engineId, engineVersion, connections, clones, join, reports, settings, log });
  const elsewhere = createElsewhere({ store, connections, commands, clones, engineId, log });
  const absence = createAbsence({ store, clock, newId, staleMs: settings.staleMs, log });
  const liveness = createLiveness({ store, clock, connections, absence, engineId, silenceMs: settings.heartbeatMs * 3, lost: elsewhere.lost, log });
  const admission = createAdmission(settings);
  const selection = createSelection(store);
  const agentRollout = createAgentRollout({ commands, agentPackage: parts.agentPackage, clock, newId, log });
  const packageParts = createPackageParts({ agentPackage: parts.agentPackage, log });
  // Agents are few bytes apart; compressing each connection would cost more memory than it saves.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, clientTracking: true });
  const serving = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let endHearing = () => {};
  let stopping = false;

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.split("?", 1)[0] !== AGENT_PATH) return;
    const nonce = request.headers[NONCE_HEADER];
    const address = parts.addressOf?.(request) ?? request.socket.remoteAddress ?? "";
    const isNonce = typeof nonce === "string" && NONCE.test(nonce);
    const leave = isNonce && !stopping ? admission.enter(address) : undefined;
    if (!isNonce || !leave) {
      rejectUpgrade(socket, isNonce ? (stopping ? 503 : 429) : 400);
      return;
    }
    socket.once("close", leave);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", (error) => log.warn({ address, reason: error.message }, "an agent's connection failed")); // "close" follows
      const done = welcome(webSocket, nonce, address, leave)
        .catch((error) => {
          log.error({ err: error, address }, "an agent's connection couldn't be served");
          webSocket.terminate();
        })
        .finally(() => serving.delete(done));
      serving.add(done);
    });
  }

  async function welcome(socket: WebSocket, nonce: string, address: string, leave: () => void): Promise<void> {
    const connection = await door.receive(socket, nonce, address);
    leave();
    if (!connection) return;
    const served = serve(socket, connection, {
      commands,
      clock,
      reports,
      onInventory: parts.onInventory,
      onFacts: liveness.facts,
      packagePart: packageParts,
      log,
    });
    if (socket.readyState === socket.OPEN) await commands.connected(connection);
    await served;
    await door.leave(connection, liveness.left);
  }

  async function tick(): Promise<void> {
    await liveness.tick();
    await commands.tick();
  }

  /** Lets no agent in any more, and sends those that are connected away. */
  async function disconnect(): Promise<void> {
    stopping = true;
    for (const socket of sockets.clients) close(socket, CLOSE.stopping, "the engine stops; come back in a while");
    await Promise.all(serving);
  }

  return {
    attach(server: Server): void {
      server.on("upgrade", onUpgrade);
    },
    /** For servers that dispatch upgrade requests themselves. */
    onUpgrade,
    joinTokens: createJoinTokens({ store, clock, newId, engineKey: identity.publicKey }),
    machines: createMachines({ store, clock, connections, commands }),
    commands: {
      perform: commands.perform,
      enqueue: commands.enqueue,
      cancel: commands.cancel,
      wait: commands.wait,
      content: (command: CommandRecord, page: { after: number; limit: number }) => seal.content(store, command, page),
      cancelOfJob: (jobId: string) => commands.cancelOfJob(jobId),
    },
    select: (request: Parameters<typeof selection.select>[0]) => selection.select(request),
    selectMachines: (request: Parameters<typeof selection.machines>[0]) => selection.machines(request),
    updates: createUpdateActions({ store, commands }),
    exec: (request: ExecRequest) => execForJob(commands, request),
    agentRollout,
    isConnected: (machineId: string): boolean => connections.get(machineId) !== undefined,
    connected: (): number => connections.count(),
    tick,
    async start(everyMs = 5_000): Promise<void> {
      await liveness.begin();
      endHearing = store.onNotice(elsewhere.hear);
      timer = setInterval(() => void tick().catch((error) => log.error({ err: error }, "a round of the fleet failed; the next one tries again")), everyMs);
    },
    disconnect,
    async stop(): Promise<void> {
      clearInterval(timer);
      endHearing();
      await agentRollout.stop();
      await disconnect();
      await elsewhere.stop();
      await commands.stop();
      sockets.close();
      await liveness.begin();
    },
  };
}
export type Fleet = ReturnType<typeof createFleet>;
