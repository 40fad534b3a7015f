import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { DEFAULT_SETTINGS } from "../../engine/fleet/ports.ts";
import { AGENT_PATH, NONCE_HEADER } from "../../engine/protocol/agent.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";

const PER_ADDRESS = DEFAULT_SETTINGS.handshakesPerAddress;
const AGENTS = PER_ADDRESS + 8;

describe("agents that come through a proxy", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess | undefined;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    await engine?.kill();
    engine = undefined;
    await directory.remove();
  });

  /** Begins handshakes that aren't finished, all at a time, each forwarded for another address. @returns how many were let in */
  async function handshakes({ url }: EngineProcess): Promise<number> {
    const sockets = Array.from({ length: AGENTS }, (_, n) => {
      const headers = { [NONCE_HEADER]: "n".repeat(43), "x-forwarded-for": `203.0.113.${n + 1}` };
      return new WebSocket(`${url.replace("http", "ws")}${AGENT_PATH}`, { headers });
    });
    const letIn = sockets.map(
      (socket) =>
        new Promise<boolean>((resolve, reject) => {
          socket.once("open", () => resolve(true));
          socket.once("unexpected-response", (_, { statusCode }) => (statusCode === 429 ? resolve(false) : reject(new Error(`answered ${statusCode}`))));
          socket.on("error", reject);
        }),
    );
    const answers = await Promise.all(letIn);
    for (const socket of sockets) {
      socket.removeAllListeners("error");
      socket.on("error", () => {}); // one that wasn't let in is still connecting
      socket.terminate();
    }
    return answers.filter(Boolean).length;
  }

  it("are counted by their own addresses when the proxy is trusted", async () => {
    engine = await startEngineProcess(directory.path, { RUNWRIGHT_TRUSTED_PROXIES: "127.0.0.1" });
    assert.equal(await handshakes(engine), AGENTS);
  });

  it("are counted as one address when it isn't: whoever forges the header gets no more places", async () => {
    engine = await startEngineProcess(directory.path);
    assert.equal(await handshakes(engine), PER_ADDRESS);
  });
});
