import { registerHooks } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { SDK_ENTRY } from "./modules.ts";

/**
 * Loaded before tests of runbooks: `runwright` and all below it are this engine's own, whether or not the folder has another one installed, as with `check`; and what the
 * command says to tests reaches them.
 */
const engine = dirname(dirname(SDK_ENTRY));
const suffix = extname(SDK_ENTRY);
const OWN: Record<string, string> = {
  runwright: pathToFileURL(SDK_ENTRY).href,
  ...Object.fromEntries(["testing", "schedule", "webhooks"].map((name) => [`runwright/${name}`, pathToFileURL(join(engine, `${name}${suffix}`)).href])),
};

registerHooks({
  resolve(specifier, context, next) {
    const url = OWN[specifier];
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
});

/** As `runwright/testing` reads it. An argument of the process would be one of the test runner's; the environment is the author's. */
const given = new URL(import.meta.url).searchParams.get("settings");
if (given !== null) (globalThis as Record<symbol, unknown>)[Symbol.for("runwright.test.settings")] = JSON.parse(given);
