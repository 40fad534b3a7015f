import { randomBytes } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../core/clock.ts";
import { ERRORS, isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Facts } from "../core/machine.ts";
import { AGENT_PROTOCOL, type AgentFrame, type AgentFrames, agreeOnProtocol, CLOSE, type EngineFrame, parseAgentFrame, protocolOf } from "../protocol/agent.ts";
import { challengeStatement, type HandshakeNonces, helloStatement, type Identity, isSignedBy } from "../protocol/signature.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store } from "../store/store.ts";
import { tellBack } from "./absence.ts";
import { type CloneCheck, SEPARATE_THEM } from "./clones.ts";
import { type Connection, type Connections, close, openConnection, refuse } from "./connections.ts";
import type { Join } from "./enrolment.ts";
import type { FleetSettings, Log } from "./ports.ts";
import type { ReportGate } from "./report-gate.ts";

/** Who isn't let in needs an operator first. */
const PATIENCE_MS = 5 * 60_000;

export interface DoorParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  identity: Identity;
  engineId: string;
  engineVersion: string;
  connections: Connections;
  clones: CloneCheck;
  join: Join;
  reports: Pick<ReportGate, "place">;
  settings: FleetSettings;
  log: Log;
}

/** Finds out who is on a new connection and lets it in, or says why not. */
export function createDoor({ store, clock, newId, identity, engineId, engineVersion, connections, clones, join, reports, settings, log }: DoorParts) {
  /** One machine at a time: two connections with one key must see each other. */
  const entering = new Map<string, Promise<unknown>>();

  async function inTurn<T>(machineId: string, enter: () => Promise<T>): Promise<T> {
    const before = entering.get(machineId);
    const turn = (before ?? Promise.resolve()).catch(() => {}).then(enter); // the one before answers for itself
    entering.set(machineId, turn);
    try {
      return await turn;
    } finally {
      if (entering.get(machineId) === turn) entering.delete(machineId);
    }
  }

  async function authenticate(frame: AgentFrames["hello"], nonces: HandshakeNonces): Promise<MachineRecord> {
    const machine = await store.read.machines.get(frame.machineId);
    if (!machine || machine.removedAt !== null) throw new RunwrightError("AGENT_KEY_REFUSED", "this engine has no such machine; join it again");
    const proven = machine.publicKey === frame.publicKey && isSignedBy(machine.publicKey, helloStatement(nonces, machine.id, frame.runId), frame.signature);
    if (!proven)
      throw new RunwrightError(
        "AGENT_KEY_REFUSED",
        `the key isn't that of machine ${machine.name}; it was joined again from elsewhere, or this is another machine`,
      );
    if (machine.state === "revoked") throw new RunwrightError("AGENT_KEY_REFUSED", `machine ${machine.name} was revoked; join it again with a new token`);
    if (machine.state === "cloned") throw new RunwrightError("AGENT_CLONED", SEPARATE_THEM(machine.name));
    return machine;
  }

  /** The connection is registered, and the machine stored as online. */
  async function admit(socket: WebSocket, frame: AgentFrames["hello"], nonces: HandshakeNonces, address: string): Promise<Connection> {
    return inTurn(frame.machineId, async () => {
      const machine = await authenticate(frame, nonces);
      await clones.check(machine, frame.runId);
      const { publicKey } = machine;
      const entered = await store.write(async (tx) => {
        const at = clock.now();
        const found = await tx.machines.connect(machine.id, { publicKey, engine: engineId, facts: frame.facts, at });
        if (found && found.facts?.bootId !== machine.facts?.bootId) await tx.commands.rebooted(machine.id);
        if (found) await tellBack(tx, found, { at, newId });
        return found !== undefined;
      });
      if (!entered) {
        await authenticate(frame, nonces); // says why
        throw new RunwrightError("OVERLOADED", `machine ${machine.name} was changed while it connected; come again`);
      }
      const connection = openConnection(socket, { machineId: machine.id, name: machine.name, runId: frame.runId, address }, clock);
      connections.add(connection);
      return connection;
    });
  }

  const welcome = (machineId: string, name: string, os: Facts["os"]) => {
    return { type: "welcome", machineId, name, heartbeatMs: settings.heartbeatMs, inventoryMs: settings.inventoryMs[os] } satisfies EngineFrame;
  };

  return {
    /** The connection is gone. `left` is told unless another one has taken its place; a newer one that is being let in is waited for. */
    leave: (connection: Connection, left: (connection: Connection) => Promise<void>): Promise<void> =>
      inTurn(connection.machineId, async () => {
        if (connections.remove(connection)) await left(connection);
      }),
    /**
     * @param agentNonce from the upgrade request
     * @returns the connection of a member, welcomed; undefined for who was refused, or has just joined and will come again as a member
     */
    async receive(socket: WebSocket, agentNonce: string, address: string): Promise<Connection | undefined> {
      const nonces = { agentNonce, engineNonce: randomBytes(32).toString("base64url"), engineKey: identity.publicKey };
      const signature = identity.sign(challengeStatement(nonces));
      const first = nextMessage(socket, settings.handshakeMs);
      socket.send(
        JSON.stringify({
          type: "challenge",
          nonce: nonces.engineNonce,
          engineKey: identity.publicKey,
          protocol: AGENT_PROTOCOL,
          engineVersion,
          signature,
        } satisfies EngineFrame),
      );
      try {
        const text = await first;
        if (text === undefined) {
          close(socket, CLOSE.timeout, "the handshake took too long");
          return undefined;
        }
        const frame = introduction(text);
        if (frame.type === "join") {
          const machine = await join(frame, nonces, address);
          // An earlier connection of this machine was made with another key.
          connections.get(machine.id)?.refuse(CLOSE.refused, "AGENT_KEY_REFUSED", `machine ${machine.name} has joined anew`, PATIENCE_MS);
          log.info({ machine: machine.name, address }, "a machine has joined");
          socket.send(JSON.stringify(welcome(machine.id, machine.name, frame.facts.os)));
          close(socket, 1000, "connect as a member now");
          return undefined;
        }
        const connection = await admit(socket, frame, nonces, address);
        connection.send({ ...welcome(connection.machineId, connection.name, frame.facts.os), inventoryAfterMs: reports.place() });
        return connection;
      } catch (error) {
        if (!isRunwrightError(error)) log.error({ err: error, address }, "a handshake failed");
        const { code, message } = isRunwrightError(error) ? error : { code: "OVERLOADED", message: "the engine can't let agents in now" };
        log.warn({ code, address, reason: message }, "an agent was refused");
        refuse(
          socket,
          code === "AGENT_PROTOCOL" ? CLOSE.protocol : code === "BAD_REQUEST" ? CLOSE.invalid : CLOSE.refused,
          code,
          message,
          isRunwrightError(error) && !ERRORS[error.code].retry ? PATIENCE_MS : undefined,
        );
        return undefined;
      }
    },
  };
}

/** @throws AGENT_PROTOCOL before anything else: a frame of the future may look like nothing that is known. BAD_REQUEST */
function introduction(text: string): Extract<AgentFrame, { type: "join" | "hello" }> {
  const protocol = protocolOf(text);
  if (protocol !== undefined) {
    const agreed = agreeOnProtocol({ min: protocol, max: protocol }, AGENT_PROTOCOL);
    if ("problem" in agreed) throw new RunwrightError("AGENT_PROTOCOL", agreed.problem);
  }
  const parsed = parseAgentFrame(text);
  if (!parsed.ok) throw new RunwrightError("BAD_REQUEST", parsed.problem);
  if (parsed.frame.type !== "join" && parsed.frame.type !== "hello") throw new RunwrightError("BAD_REQUEST", `"${parsed.frame.type}" can't come first`);
  return parsed.frame;
}

/** @returns undefined when none came in time, or the connection was lost */
function nextMessage(socket: WebSocket, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (data?: RawData) => {
      clearTimeout(timer);
      socket.off("message", end);
      socket.off("close", lost);
      resolve(data === undefined ? undefined : String(data));
    };
    const lost = () => end();
    const timer = setTimeout(lost, withinMs);
    socket.on("message", end);
    socket.on("close", lost);
  });
}
