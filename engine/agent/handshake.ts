import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import { ERRORS, type ErrorCode } from "../core/errors.ts";
import {
  AGENT_PATH,
  AGENT_PROTOCOL,
  type AgentFrame,
  agreeOnProtocol,
  type EngineFrame,
  type EngineFrames,
  MAX_FRAME_BYTES,
  NONCE_HEADER,
} from "../protocol/agent.ts";
import { challengeStatement, type HandshakeNonces, isSignedBy } from "../protocol/signature.ts";
import type { EngineAddress } from "./identity.ts";
import { type Closing, ConnectError, createInbox, PATIENCE_MS } from "./inbox.ts";

const HANDSHAKE_MS = 20_000;

/** A connection that the engine has welcomed. Frames that came meanwhile wait until `listen` is called. */
export interface Session {
  welcome: EngineFrames["welcome"];
  send(frame: AgentFrame): void;
  listen(onFrame: (frame: EngineFrame) => void): void;
  /** Resolves when the connection is gone, with what to do about it. */
  closed: Promise<Closing>;
  /** Asks the engine for a sign of life. The connection is cut when it has let three of these go by: an engine that lost power closes nothing. */
  check(): void;
  close(): void;
}

const MAX_UNANSWERED = 3;

/** Where to connect, and from which of the machine's own addresses: without one the system chooses. */
export type Route = EngineAddress & { localAddress?: string };

/**
 * Connects, checks that the engine is the one that is pinned, introduces the machine, and waits for the welcome.
 * Invariant: nothing but a nonce leaves the machine before the engine's signature over it has been checked.
 * @throws ConnectError ENGINE_UNREACHABLE, ENGINE_KEY_WRONG, AGENT_PROTOCOL, OVERLOADED, or what the engine refused with
 */
export async function openSession(engine: Route, introduce: (nonces: HandshakeNonces, protocol: number) => AgentFrame, signal: AbortSignal): Promise<Session> {
  const agentNonce = randomBytes(32).toString("base64url");
  const socket = new WebSocket(socketUrl(engine), {
    headers: { [NONCE_HEADER]: agentNonce },
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
    ...(engine.localAddress === undefined ? {} : { localAddress: engine.localAddress }),
    // With a pin the key of the certificate decides, whoever signed it; it is checked below.
    ...(engine.tlsPin === undefined ? {} : { rejectUnauthorized: false }),
  });
  const inbox = createInbox(socket);
  const abandon = () => socket.terminate();
  const timer = setTimeout(
    () => inbox.fail(new ConnectError("ENGINE_UNREACHABLE", `the engine didn't complete the handshake in ${HANDSHAKE_MS / 1_000} s`)),
    HANDSHAKE_MS,
  );
  signal.addEventListener("abort", abandon, { once: true });
  try {
    await inbox.opened(engine);
    const challenge = await inbox.next();
    if (challenge.type !== "challenge") throw refusal(challenge);
    const nonces = { agentNonce, engineNonce: challenge.nonce, engineKey: engine.engineKey };
    if (challenge.engineKey !== engine.engineKey || !isSignedBy(engine.engineKey, challengeStatement(nonces), challenge.signature)) {
      throw new ConnectError(
        "ENGINE_KEY_WRONG",
        `${engine.url} isn't the engine that this machine joined: its key differs from the pinned one; if the engine was set up anew, join again`,
        {
          retryAfterMs: PATIENCE_MS,
        },
      );
    }
    const agreed = agreeOnProtocol(AGENT_PROTOCOL, challenge.protocol);
    if ("problem" in agreed) throw new ConnectError("AGENT_PROTOCOL", agreed.problem, { retryAfterMs: PATIENCE_MS });
    socket.send(JSON.stringify(introduce(nonces, agreed.version)));
    const welcome = await inbox.next();
    if (welcome.type !== "welcome") throw refusal(welcome);
    let unanswered = 0;
    socket.on("pong", () => {
      unanswered = 0;
    });
    return {
      welcome,
      send: (frame) => socket.send(JSON.stringify(frame), ignoreLoss),
      listen: inbox.listen,
      closed: inbox.closed,
      check() {
        if (unanswered++ >= MAX_UNANSWERED) socket.terminate();
        else if (socket.readyState === socket.OPEN) socket.ping(ignoreLoss);
      },
      close: () => socket.close(1000),
    };
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abandon);
  }
}

/** A frame that a dying connection lost is sent again after the next hello, if it matters. */
const ignoreLoss = () => {};

function socketUrl(engine: EngineAddress): string {
  const url = new URL(engine.url);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback && engine.unencrypted !== true) {
    throw new ConnectError(
      "ENGINE_UNREACHABLE",
      `${engine.url} isn't encrypted: anyone on the way could send commands to this machine; use https, or join with --unencrypted`,
      {
        retryAfterMs: PATIENCE_MS,
      },
    );
  }
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.pathname = url.pathname.replace(/\/$/, "") + AGENT_PATH;
  return url.href;
}

function refusal(frame: EngineFrame): ConnectError {
  if (frame.type !== "refuse") return new ConnectError("ENGINE_UNREACHABLE", `the engine sent "${frame.type}" in the middle of the handshake`);
  const code: ErrorCode = Object.hasOwn(ERRORS, frame.code) ? (frame.code as ErrorCode) : "ENGINE_UNREACHABLE";
  return new ConnectError(code, frame.message, { retryAfterMs: frame.retryAfterMs ?? (ERRORS[code].retry ? undefined : PATIENCE_MS) });
}
