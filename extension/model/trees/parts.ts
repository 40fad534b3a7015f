import type { Client } from "../client/client.ts";
import type { Timers } from "../timers.ts";

/** What every tree is given. */
export interface TreeSurroundings {
  client(): Promise<Client | undefined>;
  timers: Pick<Timers, "now">;
}

/** Undefined: there is nobody to ask. */
export async function asked<Answer>(client: () => Promise<Client | undefined>, ask: (client: Client) => Promise<Answer>): Promise<Answer | undefined> {
  const engine = await client();
  return engine && ask(engine);
}
