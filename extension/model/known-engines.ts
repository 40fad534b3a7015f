import type { EngineAddress } from "./client/address.ts";

/** An engine that somebody has signed in to from here. Its token lies in the secret storage, under its URL. */
export interface KnownEngine extends EngineAddress {
  /** Of whoever signed in, as the engine has told. */
  readonly as: string;
}

/** Of VS Code: `globalState` and `workspaceState`. */
export interface Keeper {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}
/** Of VS Code: the keychain of the person's own machine. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
  /** Also of what another window does. */
  onDidChange(listener: (change: { key: string }) => void): { dispose(): void };
}

export interface KnownEngines {
  all(): KnownEngine[];
  /** The one that this window works with: never another one than somebody has chosen. */
  chosen(): KnownEngine | undefined;
  token(url: string): Promise<string | undefined>;
  choose(url: string): Promise<void>;
  remember(engine: KnownEngine, token: string): Promise<void>;
  /** Token and all. */
  forget(url: string): Promise<void>;
  /** Keeps the engine in the list: signing in again is one step. */
  forgetToken(url: string): Promise<void>;
  /** The token of an engine was stored, replaced or forgotten, here or in another window. */
  onToken(listener: (url: string) => void): () => void;
}

const ENGINES = "runwright.engines";
const CHOSEN = "runwright.engine";
const TOKEN = "runwright.token ";
const tokenKey = (url: string) => `${TOKEN}${url}`;

export function createKnownEngines({ shared, own, secrets }: { shared: Keeper; own: Keeper; secrets: Secrets }): KnownEngines {
  const all = (): KnownEngine[] => {
    const stored = shared.get(ENGINES);
    const engines = Array.isArray(stored) ? stored.filter(isKnownEngine) : [];
    // Two windows that write the list in the same moment lose what one of them has written; whoever works with an engine still knows it.
    const mine = own.get(CHOSEN);
    return isKnownEngine(mine) && !engines.some(({ url }) => url === mine.url) ? [...engines, mine] : engines;
  };
  return {
    all,
    chosen() {
      const engines = all();
      const choice = own.get(CHOSEN) ?? shared.get(CHOSEN);
      const url = isKnownEngine(choice) ? choice.url : choice;
      return url === undefined ? engines[0] : engines.find((one) => one.url === url);
    },
    token: async (url) => secrets.get(tokenKey(url)),
    async choose(url) {
      await own.update(CHOSEN, all().find((one) => one.url === url) ?? url);
      // A window that is opened next begins with what was used last.
      await shared.update(CHOSEN, url);
    },
    async remember(engine, token) {
      await secrets.store(tokenKey(engine.url), token);
      await shared.update(ENGINES, [...all().filter((one) => one.url !== engine.url), engine]);
    },
    async forget(url) {
      await secrets.delete(tokenKey(url));
      const rest = all().filter((one) => one.url !== url);
      if (Object(own.get(CHOSEN)).url === url) await own.update(CHOSEN, url);
      await shared.update(ENGINES, rest);
    },
    forgetToken: async (url) => secrets.delete(tokenKey(url)),
    onToken(listener) {
      const registered = secrets.onDidChange(({ key }) => key.startsWith(TOKEN) && listener(key.slice(TOKEN.length)));
      return () => registered.dispose();
    },
  };
}

const isKnownEngine = (value: unknown): value is KnownEngine =>
  typeof value === "object" &&
  value !== null &&
  "url" in value &&
  typeof value.url === "string" &&
  "as" in value &&
  typeof value.as === "string" &&
  (!("tlsPin" in value) || typeof value.tlsPin === "string");
