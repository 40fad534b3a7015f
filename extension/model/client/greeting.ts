import { API_LEVELS, levelProblem } from "../../../engine/core/api-level.ts";
import { isRunwrightError, RunwrightError } from "../../../engine/core/errors.ts";
import type { WhoAmI } from "../../../engine/protocol/http/access.ts";
import type { About } from "../../../engine/protocol/http/status.ts";
import type { Client } from "./client.ts";
import { garbage } from "./shape.ts";

export interface Greeting {
  version: string;
  me: WhoAmI;
}

/**
 * The first words with an engine: whether the two fit, and who one is there.
 * @throws ENGINE_INCOMPATIBLE that says what to update; what `ask` throws
 */
export async function greet(client: Client, signal?: AbortSignal): Promise<Greeting> {
  const me = await client.ask<WhoAmI>("GET", "/api/v1/whoami", { id: "string", name: "string", grants: "array" }, { signal });
  const about = await client.ask<About>("GET", "/api/v1/about", { version: "string", api: "object" }, { signal }).catch((error: unknown) => {
    // Engines before the first level have no such door.
    if (isRunwrightError(error, "NOT_FOUND")) throw tooOld(client.address.url, "");
    throw error;
  });
  const { oldest, newest } = about.api;
  if (!Number.isInteger(oldest) || !Number.isInteger(newest)) throw garbage("about has wrong levels");
  const problem = levelProblem(API_LEVELS.newest, { oldest, newest });
  if (problem === "engineTooOld") throw tooOld(client.address.url, ` ${about.version}`);
  if (problem === "engineTooNew") {
    throw new RunwrightError("ENGINE_INCOMPATIBLE", `the engine ${about.version} at ${client.address.url} is too new for this extension; update the extension`);
  }
  return { version: about.version, me };
}

const tooOld = (url: string, version: string) =>
  new RunwrightError(
    "ENGINE_INCOMPATIBLE",
    `the engine${version} at ${url} is too old for this extension; update the engine, or install an older version of the extension`,
  );
