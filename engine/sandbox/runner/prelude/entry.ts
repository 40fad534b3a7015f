import type { Channel } from "./channel.ts";
import type { Realm, State } from "./realm.ts";

/** What the runner may do inside: each is one task of the isolate, after which V8 drains all microtasks. */
export type Enter = (step: string, ...args: unknown[]) => void;

export interface Parts {
  realm: Realm;
  state: State;
  channel: Channel;
  contextOf: (params: unknown, job: unknown) => object;
}

export function createEntry({ realm, state, channel, contextOf }: Parts): Enter {
  const { parse, apply, define } = realm;
  let params: unknown;
  let job: unknown;
  let isDebugged = false;
  /** Of a run that is debugged. */
  let ending: Promise<void> | undefined;

  /** Read from the global that the bundle assigns; guest code may have put anything there. */
  function definitionOf(): Record<string, unknown> {
    const exported = (globalThis as { __runbook?: { default?: { kind?: unknown; definition?: unknown } } }).__runbook?.default;
    if (exported === undefined || exported === null) throw new realm.Error("the module has no default export; write: export default runbook({ ... })");
    const definition = exported.definition;
    if (exported.kind !== "runwright.runbook" || typeof definition !== "object" || definition === null) {
      throw new realm.Error("the default export isn't a runbook; write: export default runbook({ ... })");
    }
    if (typeof (definition as { run?: unknown }).run !== "function") throw new realm.Error("the runbook has no function `run`");
    return definition as Record<string, unknown>;
  }

  function run(): void {
    const definition = definitionOf();
    const result = apply(definition.run as () => unknown, definition, [contextOf(params, job)]);
    realm.settled(realm.resolve(result), () => channel.completed(null), channel.failed);
  }

  /** The same for a debugger that halts where something is thrown that nobody catches: V8 looks for that at once, and for it whoever waits for a rejection catches. */
  async function runUnguarded(): Promise<void> {
    const definition = definitionOf();
    await apply(definition.run as () => unknown, definition, [contextOf(params, job)]);
    channel.completed(null);
  }

  function extract(): void {
    const definition = definitionOf();
    const concurrency = definition.concurrency as { key?: unknown } | undefined;
    channel.completed({ ...definition, concurrency: concurrency && { ...concurrency, key: undefined, hasKey: typeof concurrency.key === "function" } });
  }

  /** Which jobs count together: the engine checks again what it gets. */
  function key(): void {
    const concurrency = definitionOf().concurrency as { key?: unknown } | undefined;
    const keyOf = concurrency?.key;
    if (typeof keyOf !== "function") throw new realm.TypeError("it isn't a function");
    const made: unknown = apply(keyOf as () => unknown, concurrency, [params]);
    if (typeof made !== "string") throw new realm.TypeError(`it returned ${made === null ? "null" : `a value of type ${typeof made}`}`);
    channel.completed(made);
  }

  return (step, a, b, c, d, e, f, g, h, i, j) => {
    try {
      switch (step) {
        case "configure":
          params = parse(a as string);
          job = parse(b as string);
          state.seed(c as string);
          state.now = d as number;
          state.skipEntries = e as number;
          state.sitesUpTo = f as number;
          state.expected = parse(g as string);
          state.limits = { outputBytes: h as number, logRate: i as number, hostCalls: j as number };
          break;
        case "debug":
          isDebugged = true;
          define(globalThis, realm.symbolFor("runwright.console"), { value: realm.console });
          break;
        case "run":
          if (isDebugged) ending = runUnguarded();
          else run();
          break;
        // A rejection was left to nobody: perhaps it is how the run has ended.
        case "rejected":
          if (ending !== undefined) realm.settled(ending, () => {}, channel.failed);
          break;
        case "extract":
          extract();
          break;
        case "key":
          key();
          break;
        case "settle":
          channel.settle(a as number, b as boolean, c as string, d as number);
          break;
      }
    } catch (error) {
      channel.failed(error);
    }
  };
}
