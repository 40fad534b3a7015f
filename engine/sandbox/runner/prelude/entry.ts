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
  const { parse, apply } = realm;
  let params: unknown;
  let job: unknown;

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

  return (step, a, b, c, d, e, f, g, h, i) => {
    try {
      switch (step) {
        case "configure":
          params = parse(a as string);
          job = parse(b as string);
          state.seed(c as string);
          state.now = d as number;
          state.skipEntries = e as number;
          state.sitesUpTo = f as number;
          state.limits = { outputBytes: g as number, logRate: h as number, hostCalls: i as number };
          break;
        case "run":
          run();
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
