import { registerHooks } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { SDK_ENTRY } from "./modules.ts";

/** Preloaded by tests of runbooks: `runwright` and `runwright/testing` are this engine's own, whether or not the folder has them installed. */
const engine = dirname(dirname(SDK_ENTRY));
const OWN: Record<string, string> = {
  runwright: pathToFileURL(SDK_ENTRY).href,
  "runwright/testing": pathToFileURL(join(engine, `testing${extname(SDK_ENTRY)}`)).href,
};

registerHooks({
  resolve(specifier, context, next) {
    const url = OWN[specifier];
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
});
