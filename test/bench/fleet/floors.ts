import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WebSocket } from "ws";
import { createCatalogue } from "../../../engine/simulator/catalogue.ts";
import { createChance } from "../../../engine/simulator/chance.ts";
import { createHost, type HostShape } from "../../../engine/simulator/host.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { processWatch } from "./process-watch.ts";

const AT_ONCE = 64;

/** A bare WebSocket server with so many connections: MB that they add. */
export async function socketsFloorMb(connections: number): Promise<number> {
  const child: ChildProcess = fork(join(import.meta.dirname, "socket-floor.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    const [port] = (await once(child, "message")) as [number];
    const watch = processWatch(child.pid ?? 0);
    const before = watch.residentMb();
    const sockets: WebSocket[] = [];
    const work = async () => {
      while (sockets.length < connections) {
        const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
        sockets.push(socket);
        await once(socket, "open");
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const added = watch.residentMb() - before;
    for (const socket of sockets) socket.terminate();
    return added;
  } finally {
    child.kill();
  }
}

/** Just the rows of whole reports, put into tables with the same keys, each report a transaction of its own with 16 others: reports a second. */
export async function rowsFloor(machines: number, shape: HostShape): Promise<number> {
  await using directory = await temporaryDirectory("runwright-bench-");
  const database = new DatabaseSync(join(directory.path, "floor.db"));
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16000; pragma wal_autocheckpoint = 4000");
  database.exec(
    "create table packages (machine text, name text, architecture text, version text, source text, primary key (machine, name, architecture, version)) without rowid",
  );
  database.exec(
    "create table updates (machine text, name text, architecture text, version text, words text, primary key (machine, name, architecture, version)) without rowid",
  );
  const packages = database.prepare("insert into packages values (?, ?, ?, ?, ?)");
  const updates = database.prepare("insert into updates values (?, ?, ?, ?, ?)");
  const catalogue = createCatalogue({ seed: "floor", packages: Math.ceil(shape.packages * 1.25) });
  const begin = performance.now();
  for (let number = 0; number < machines; number++) {
    if (number % 16 === 0) database.exec("begin");
    const host = createHost({ name: "floor", number, agentVersion: "", catalogue, chance: createChance("floor", number), shape });
    const found = host.findings();
    for (const one of found.installed) packages.run(String(number), one.name, one.architecture, one.version, one.source?.version ?? null);
    for (const one of found.updates) updates.run(String(number), one.name, one.architecture, one.candidateVersion, JSON.stringify(one));
    if (number % 16 === 15 || number === machines - 1) database.exec("commit");
  }
  const perSecond = machines / ((performance.now() - begin) / 1_000);
  database.close();
  return perSecond;
}
