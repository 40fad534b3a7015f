import { ERROR_CUT_AT, MAX_ARGUMENT_CHARS } from "../../../protocol/sandbox.ts";
import { createBytes } from "./bytes.ts";
import { type ChannelKinds, createChannel } from "./channel.ts";
import { installClock } from "./clock.ts";
import { createContext } from "./context.ts";
import { createEntry } from "./entry.ts";
import { installGlobals } from "./globals.ts";
import { installLockdown } from "./lockdown.ts";
import { installRandom } from "./random.ts";
import { captureRealm } from "./realm.ts";
import { createRetry } from "./retry.ts";
import { installTemporal } from "./temporal.ts";

/** What the isolate sends; the numbers are the first argument of the callback. */
export const KINDS: ChannelKinds = { call: 1, emit: 2, completed: 3, failed: 4, maxArgumentChars: MAX_ARGUMENT_CHARS, errorCutAt: ERROR_CUT_AT };

/** File name of the prelude in stack traces; frames with it are never shown. */
export const PRELUDE_FILE = "<runwright>";

/**
 * The prelude as text for a startup snapshot: it defines `__install`, which a fresh context calls once with the callback, and which removes itself.
 * Every part is a function that uses nothing but its parameters and the language: its text is what runs in the isolate, with types already stripped.
 * Nothing is locked down inside the snapshot itself: V8 adds some globals only when a context is made from it.
 */
export function preludeText(): string {
  const parts = {
    captureRealm,
    installLockdown,
    installClock,
    installTemporal,
    installRandom,
    createChannel,
    createBytes,
    installGlobals,
    createRetry,
    createContext,
    createEntry,
  };
  const definitions = Object.entries(parts).map(([name, part]) => `const ${name} = ${part.toString()};`);
  return `(() => { "use strict";
${definitions.join("\n")}
Object.defineProperty(globalThis, "__install", { configurable: true, value: (send) => {
  delete globalThis.__install;
  const realm = captureRealm();
  const state = { now: 0, ended: false, send, limits: { outputBytes: 0, logRate: 1, hostCalls: 0 }, skipEntries: 0, sitesUpTo: 0, expected: [] };
  installLockdown(realm);
  installClock(realm, state);
  const temporal = installTemporal(realm, state);
  installRandom(realm, state);
  const channel = createChannel(realm, state, ${JSON.stringify(KINDS)});
  const bytes = createBytes(realm);
  installGlobals(realm, channel, bytes);
  return createEntry({ realm, state, channel, contextOf: (params, job) => createContext({ realm, state, channel, bytes, temporal, params, job }) });
} });
})();`;
}

/**
 * Runs once in a context that is thrown away while the snapshot is made: functions that have run are in the snapshot as bytecode, and no job compiles them again.
 */
export const WARM_UP = `
const enter = globalThis.__install(() => {});
enter("configure", "{}", "{}", "00", 0, 0, 0, "[]", 1000000, 1000, 1000);
globalThis.__runbook = { default: { kind: "runwright.runbook", definition: { async run({ log, output, progress, variables }) {
  log("x", { a: 1 }); output({ a: 1 }); progress(0.5, "x"); Math.random(); Date.now(); await variables.get("a");
} } } };
enter("run");
enter("settle", 1, true, "1", 1);
`;
