import type { EngineAddress } from "./client/address.ts";
import type { Client } from "./client/client.ts";
import type { Greeting } from "./client/greeting.ts";
import type { KnownEngine, KnownEngines } from "./known-engines.ts";

export interface SignInParts {
  engines: Pick<KnownEngines, "all" | "token" | "remember" | "choose">;
  connect(address: EngineAddress, token: string): Client;
  greet(client: Client, signal?: AbortSignal): Promise<Greeting>;
  /** Asked before another token or key takes the place of what is known of an engine; absent: the person has just given it. @throws when it may not */
  mayReplace?(known: KnownEngine): Promise<void>;
}

/**
 * Tries a token, and only then keeps it.
 * @throws what the engine says of it
 */
export async function signInWithToken(
  address: EngineAddress,
  token: string,
  { engines, connect, greet, mayReplace }: SignInParts,
  signal?: AbortSignal,
): Promise<KnownEngine> {
  const { me } = await greet(connect(address, token), signal);
  const engine: KnownEngine = { ...address, as: me.name };
  const known = engines.all().find(({ url }) => url === engine.url);
  const last = known && (await engines.token(known.url));
  if (known && (known.tlsPin !== engine.tlsPin || (last !== undefined && last !== token))) await mayReplace?.(known);
  await engines.remember(engine, token);
  await engines.choose(engine.url);
  return engine;
}
