import type { Duplex } from "node:stream";
import pg from "pg";
import { RunwrightError } from "../../core/errors.ts";

/** What an engine's connections are called: a restore looks for them. */
export const ENGINE = "runwright";

const CONNECT_WITHIN_MS = 5_000;

/** What Kysely needs of a pool, and a switch: while the database is away nobody waits for it. */
export interface Pool {
  connect(): Promise<pg.PoolClient>;
  end(): Promise<void>;
  options: object;
  /**
   * Away: all connections are cut, so that a query that would hang fails now; and whoever asks for one is refused at once, until it is back.
   * Without this a server that doesn't answer (its machine is gone, the network is cut) would hold each caller for as long as TCP hopes.
   */
  setAway(isAway: boolean): void;
}

export const unavailable = (cause?: unknown): RunwrightError =>
  new RunwrightError("DATABASE_UNAVAILABLE", "the database can't be reached; the engine goes on when it is back", { cause });

export function createPool(url: string, max: number, types: pg.CustomTypesConfig): Pool {
  const pool = new pg.Pool({ connectionString: url, application_name: ENGINE, max, types, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  pool.on("error", () => {}); // an idle connection broke: the pool replaces it, and the next query tells if the database is gone
  const open = new Set<pg.PoolClient>();
  pool.on("connect", (client) => {
    open.add(client);
    client.on("error", () => {}); // a connection in use broke: its query fails with it, or the next one; unheard it would end the process
  });
  pool.on("remove", (client) => open.delete(client));
  const waiting = new Set<(error: unknown) => void>();
  let isAway = false;

  return {
    options: pool.options,
    connect: () =>
      new Promise((resolve, reject) => {
        if (isAway) return reject(unavailable());
        waiting.add(reject);
        pool.connect().then(
          (client) => {
            if (waiting.delete(reject)) resolve(client);
            else client.release(true); // it came too late
          },
          (error) => {
            waiting.delete(reject);
            reject(error);
          },
        );
      }),
    setAway(away) {
      if (away === isAway) return;
      isAway = away;
      if (!away) return;
      for (const reject of waiting) reject(unavailable());
      waiting.clear();
      for (const client of open) streamOf(client).destroy();
    },
    end: () => pool.end(),
  };
}

/** `end()` would ask the server and wait for its answer. */
export const streamOf = (client: pg.ClientBase): Duplex => (client as unknown as { connection: { stream: Duplex } }).connection.stream;
