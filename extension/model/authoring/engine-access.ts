import type { Client } from "../client/client.ts";

/** What authoring needs of a client of the HTTP API. */
export type EngineClient = Pick<Client, "ask" | "page">;

/** The engine that the window works with. */
export interface EngineAccess {
  /** @returns undefined: nobody is signed in, or it can't be reached now */
  client(): Promise<EngineClient | undefined>;
  /** Of the engine, for people. */
  address(): string | undefined;
}
