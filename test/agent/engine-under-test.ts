import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { masterKeyOf } from "../../engine/access/master-key.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Clock } from "../../engine/core/clock.ts";
import type { Actor } from "../../engine/core/role.ts";
import type { Inventory } from "../../engine/core/update.ts";
import { debianOrder, rpmOrder } from "../../engine/core/versions/order.ts";
import { createFleet, type Fleet } from "../../engine/fleet/fleet.ts";
import type { AgentPackage, FleetSettings } from "../../engine/fleet/ports.ts";
import { createIds } from "../../engine/ids.ts";
import { AGENT_PATH } from "../../engine/protocol/agent.ts";
import { newSeed, openIdentity } from "../../engine/protocol/signature.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { recordInstall } from "../../engine/updates/install-history.ts";
import { answerTo, createIntake, type Intake, type Taken } from "../../engine/updates/intake.ts";
import { createUpdateQueries, type UpdateQueries } from "../../engine/updates/queries.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

export const ACTOR: Actor = { id: "prn_test", kind: "user", name: "tester", grants: [{ role: "admin", scope: "/" }] };

export interface LogLine {
  level: "info" | "warn" | "error";
  fields: Record<string, unknown>;
  message: string;
}

/** A log that a test can read. */
export function recordingLog() {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (fields: object, message: string) => void lines.push({ level, fields: { ...fields }, message });
  return { lines, log: { info: at("info"), warn: at("warn"), error: at("error") } };
}

export interface TestEngine {
  readonly url: string;
  readonly port: number;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly intake: Intake;
  readonly updates: UpdateQueries;
  readonly engineKey: string;
  /** Where its database lies. */
  readonly directory: string;
  readonly errors: LogLine[];
  /** What became of each report, in order. */
  readonly takings: readonly Taken["kind"][];
  token(options?: {
    scope?: string;
    maxUses?: number;
    replaces?: string;
    expiresInMs?: number;
    tags?: Record<string, string>;
    tlsPin?: string;
  }): Promise<string>;
  /** Ends it as a crash does for its peers (sockets are cut), then starts another one on the same data and port. */
  restart(): Promise<void>;
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  /** One of several engines of a PostgreSQL; without it, one with an SQLite file of its own. */
  cluster?: { database: string; seed: string; engineId: string };
  clock?: Clock;
  settings?: Partial<FleetSettings>;
  tls?: { key: string; cert: string };
  /** What it offers to agents that are told to update themselves. */
  agentPackage?: () => Promise<AgentPackage>;
  onInventory?: (machineId: string, inventory: Inventory) => void;
}

/** A minimal HTTP server with a real fleet and a real store. */
export async function startTestEngine({ clock = systemClock, settings, tls, cluster, agentPackage }: Options = {}): Promise<TestEngine> {
  const directory = await temporaryDirectory();
  const seed = cluster?.seed ?? newSeed();
  const database = cluster?.database ?? `sqlite:${directory.path}`;
  const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 7))));
  const { log, lines } = recordingLog();
  const takings: Taken["kind"][] = [];
  let port = 0;

  async function run() {
    const store = await openStore(database);
    const newId = createIds(clock);
    const intake = createIntake({ store, clock, newId, enrichment: createEnrichment({ orders: { debian: debianOrder, rpm: rpmOrder } }) });
    const fleet = createFleet({
      workedMs: () => performance.eventLoopUtilization().active,
      ...{
        store,
        clock,
        newId,
        log,
        identity: openIdentity(seed),
        sealer,
        engineId: cluster?.engineId ?? "eng_1",
        engineVersion: "0.1.0",
        ...(agentPackage ? { agentPackage } : {}),
        settings: { heartbeatMs: 1_000, ...settings },
      },
      async onInventory(machineId, report) {
        const taken = await intake.take(machineId, report);
        takings.push(taken.kind);
        return answerTo(taken);
      },
      onCommandEnded: recordInstall,
    });
    const server: Server = tls ? createTlsServer(tls) : createServer((_, response) => response.end("ok"));
    fleet.attach(server);
    // The fleet leaves other addresses alone: ending those is for whoever has the server.
    server.on("upgrade", (request, socket) => request.url === AGENT_PATH || socket.destroy());
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    await fleet.start(1_000_000);
    return { store, fleet, server, intake, updates: createUpdateQueries({ store, clock }) };
  }

  let now: Awaited<ReturnType<typeof run>> | undefined = await run();
  const running = () => {
    if (!now) throw new Error("the test engine doesn't run");
    return now;
  };
  const halt = async () => {
    const { store, fleet, server } = running();
    now = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await fleet.stop();
    server.closeAllConnections();
    await closed;
    await store.stop();
  };
  const resume = async () => {
    now = await run();
  };
  const url = () => `${tls ? "https" : "http"}://127.0.0.1:${port}`;

  return {
    get url() {
      return url();
    },
    get port() {
      return port;
    },
    get fleet() {
      return running().fleet;
    },
    get store() {
      return running().store;
    },
    get intake() {
      return running().intake;
    },
    get updates() {
      return running().updates;
    },
    engineKey: openIdentity(seed).publicKey,
    directory: directory.path,
    takings,
    get errors() {
      return lines.filter((line) => line.level === "error");
    },
    async token(options = {}) {
      const created = await running().fleet.joinTokens.create({ url: url(), scope: "/", by: "tester", ...options });
      return created.token;
    },
    halt,
    resume,
    async restart() {
      await halt();
      await resume();
    },
    async stop() {
      if (now) await halt();
      await directory.remove();
    },
  };
}
