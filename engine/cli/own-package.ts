import { registerHooks } from "node:module";

/**
 * Loaded into the process that runs tests of runbooks: where no package `runwright` is installed, `import … from "runwright"` means the one that runs the tests.
 */
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (specifier !== "runwright" && !specifier.startsWith("runwright/")) throw error;
      return next(import.meta.resolve(specifier), context);
    }
  },
});
