import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Agent } from "undici";
import { publishSolution } from "../../engine/rollout-rows.ts";
import { freePort } from "../../support/free-port.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { adminOf, launch } from "../engine-under-test.ts";
import { type ProcessWatch, processWatch } from "./process-watch.ts";

/** A real engine process that can be killed and started again on its data and port. */
export interface FleetEngine {
  watch(): ProcessWatch;
  /** @throws with the answer when it isn't a success */
  ask<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  /** As a crash, and a start at once. @returns when it is ready again */
  restart(): Promise<void>;
  /** What is committed: bytes of the database, and the number of each machine's newest report in it. */
  look(): { bytes: number; sequences: Map<string, number> };
  stop(): Promise<void>;
}

/** @param flags of Node, such as `--cpu-prof` */
export async function startFleetEngine(flags: readonly string[]): Promise<FleetEngine> {
  const directory = await temporaryDirectory("runwright-bench-");
  const port = await freePort();
  const client = new Agent({ connections: 16 });
  const start = async () => {
    const child = launch(directory.path, { port, flags });
    return { child, ...(await adminOf(directory.path, child)) };
  };
  let running = await start();
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => running.child.once("exit", resolve));
    running.child.kill(signal);
    await ended;
  };
  const request = async <Body>(method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${running.token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const { statusCode, body: answer } = await client.request({
      ...{ origin: running.url, path, headers },
      method: method as "GET",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: statusCode, headers: new Headers(), body: (await answer.json()) as Body };
  };
  await publishSolution({ request });
  return {
    watch: () => processWatch(running.child.pid ?? 0),
    async ask<Body>(method: string, path: string, body?: unknown) {
      const answer = await request<Body>(method, `/api/v1${path}`, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async restart() {
      await end("SIGKILL");
      running = await start();
    },
    look() {
      const database = new DatabaseSync(join(directory.path, "runwright.db"), { readOnly: true });
      const numberOf = (row: object | undefined) => Number(Object.values(row ?? {})[0]);
      const bytes = numberOf(database.prepare("pragma page_count").get()) * numberOf(database.prepare("pragma page_size").get());
      const current = database.prepare(`select "machineId", "sequence" from "assessments" where "current" = 1`).all();
      database.close();
      return { bytes, sequences: new Map(current.map(({ machineId, sequence }) => [String(machineId), Number(sequence)])) };
    },
    async stop() {
      await end("SIGTERM");
      await client.close();
      await directory.remove();
    },
  };
}
