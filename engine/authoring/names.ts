import { RunwrightError } from "../core/errors.ts";
import { isRunbookName } from "../core/runbook-name.ts";

/**
 * `restart-service` for `runbooks/samples/restart-service.ts`.
 * @throws BAD_REQUEST when the file name can't be a runbook's name
 */
export function runbookNameOf(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? "";
  const name = base.replace(/\.(ts|mts)$/, "");
  if (name === base || /\.(test|d)$/.test(name))
    throw new RunwrightError("BAD_REQUEST", `"${base}" isn't a runbook: a runbook is a .ts file, such as restart-service.ts`);
  return requireRunbookName(name);
}

/** @throws BAD_REQUEST saying what a name looks like */
export function requireRunbookName(name: string): string {
  if (isRunbookName(name)) return name;
  throw new RunwrightError(
    "BAD_REQUEST",
    `"${name}" can't be a runbook's name: it must be lower-case letters, digits and "-", at most 63, beginning with a letter or digit`,
  );
}
