import { createClient } from "../../../extension/model/client/client.ts";
import { greet } from "../../../extension/model/client/greeting.ts";
import { sendOverNetwork } from "../../../extension/model/client/transport.ts";
import { createKnownEngines, type Keeper } from "../../../extension/model/known-engines.ts";
import { createSession } from "../../../extension/model/session.ts";
import { makeTrees } from "../../../extension/model/view-list.ts";
import { type Rig, rig, upload } from "../../http/rig.ts";
import { handTimers } from "./timers.ts";

/** Keeps what it is told, as VS Code's states do. */
export function keeper(content: Record<string, unknown> = {}): Keeper {
  return {
    get: (key) => content[key],
    async update(key, value) {
      content[key] = value;
    },
  };
}

export function secretsOf(content: Record<string, string> = {}) {
  const listeners = new Set<(change: { key: string }) => void>();
  const changed = (key: string) => {
    for (const listener of listeners) listener({ key });
  };
  return {
    content,
    get: async (key: string) => content[key],
    async store(key: string, value: string) {
      content[key] = value;
      changed(key);
    },
    async delete(key: string) {
      delete content[key];
      changed(key);
    },
    onDidChange(listener: (change: { key: string }) => void) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
  };
}

/** A real engine behind a real port, and the extension's model signed in to it. */
export async function signedIn({ token }: { token?: (engine: Rig) => Promise<string> } = {}) {
  const engine = await rig();
  const { url } = await engine.http.listen();
  const timers = handTimers(Date.now());
  const engines = createKnownEngines({ shared: keeper(), own: keeper(), secrets: secretsOf() });
  await engines.remember({ url, as: "admin" }, token ? await token(engine) : engine.admin);
  const session = createSession({
    engines,
    connect: (address, token, onAnswer) => createClient({ address, token, send: sendOverNetwork, onAnswer }),
    greet,
    timers,
    chance: () => 0.5,
  });
  return {
    engine,
    url,
    timers,
    engines,
    session,
    trees: makeTrees({ client: session.client, timers }),
    async publish(name: string, run: string, declaration = "") {
      const { status, text } = await engine.ask("POST", `/api/v1/runbooks/${name}/publish`, { body: upload(name, run, declaration) });
      if (status >= 300) throw new Error(text);
    },
    async stop() {
      session.stop();
      await engine.stop();
    },
  };
}
export type SignedIn = Awaited<ReturnType<typeof signedIn>>;
