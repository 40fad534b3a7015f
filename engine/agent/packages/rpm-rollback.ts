import { isRunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { type BatchResult, type ChangeContext, keyOf, type PackageRollback } from "./adapter.ts";
import type { ChangeProgram } from "./change-program.ts";
import { type Build, type RpmParts, whenUnlocked } from "./rpm-command.ts";
import { rpmStates } from "./rpm-install.ts";
import { refusalOf, scriptletFailures } from "./rpm-words.ts";

/** How a front end goes back. */
export interface RpmBackwards {
  /** Installs exactly these builds over newer ones, without asking; removes nothing for it. */
  downgrade(builds: readonly Build[]): ChangeProgram;
  /** Every version that a repository offers of packages with these names, from what is known without network, as `NAME VERSION ARCHITECTURE`. */
  offered(names: readonly string[]): Promise<ReadonlySet<string>>;
}

export const spellingOf = ({ name, version, architecture }: Build): string => `${name} ${version.replace(/^0:/, "")} ${architecture}`;

/** What rpm's own rules let be a name, version and architecture, and no front end takes for a pattern or an option. */
const isFit = ({ name, version, architecture }: Build): boolean =>
  /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name) && /^(?:\d+:)?[A-Za-z0-9._+~^]+-[A-Za-z0-9._+~^]+$/.test(version) && /^\w+$/.test(architecture);

/** Judged by rpm's database: front ends end well also when they have left something out. */
export const rpmRollback = (parts: RpmParts, { downgrade, offered }: RpmBackwards): PackageRollback => ({
  async obstacles(updates) {
    const known = await offered([...new Set(updates.filter(isFit).map(({ name }) => name))]);
    return new Map(
      updates.flatMap((update): [string, string][] => {
        if (!isFit(update)) return [[keyOf(update), "that isn't a name, architecture and version of a package"]];
        // Between two versions a package may have become one for all architectures, or for one.
        if ([update, { ...update, architecture: "noarch" }].some((one) => known.has(spellingOf(one)))) return [];
        return [[keyOf(update), `${update.version} of ${update.name} (${update.architecture}) isn't offered by any repository any more`]];
      }),
    );
  },

  async install(updates, _options, context): Promise<BatchResult> {
    const failed = new Map<string, string>();
    const untried = new Set<string>();
    const attempt = async (some: readonly ChosenUpdate[]): Promise<string> => (await whenUnlocked(parts, downgrade(some), context)).output;
    let outputs = await attempt(updates);
    const left = await notThere(parts, updates);
    for (const update of left) failed.set(keyOf(update), refusalOf(outputs, update.name));
    for (const update of updates.length > 1 ? left : []) {
      const outcome = await attemptAlone(attempt, update, context);
      if (outcome === undefined) untried.add(keyOf(update));
      else failed.set(keyOf(update), refusalOf(outcome, update.name));
      outputs += outcome ?? "";
    }
    const missing = new Set((await notThere(parts, updates)).map(keyOf));
    for (const key of [...failed.keys()]) if (!missing.has(key) || untried.has(key)) failed.delete(key);
    for (const { script, nevra, words } of scriptletFailures(outputs)) {
      const update = updates.find(({ name, version, architecture }) => nevra === `${name}-${version.replace(/^\d+:/, "")}.${architecture}`);
      if (update && !missing.has(keyOf(update)))
        failed.set(keyOf(update), `${update.version} is installed, and its %${script} script failed: ${words}`.slice(0, 1_000));
    }
    return { failed, untried };
  },
});

/** @returns undefined: it wasn't started any more */
async function attemptAlone(attempt: (some: readonly ChosenUpdate[]) => Promise<string>, update: ChosenUpdate, { signal }: ChangeContext) {
  if (signal.aborted) return undefined;
  try {
    return await attempt([update]);
  } catch (error) {
    if (!isRunwrightError(error)) throw error;
    return error.code === "COMMAND_CANCELLED" ? undefined : `error: ${error.message}`; // somebody else has taken the lock meanwhile
  }
}

async function notThere(parts: RpmParts, updates: readonly ChosenUpdate[]): Promise<ChosenUpdate[]> {
  const states = await rpmStates(parts, updates);
  return updates.filter((update) => {
    const state = states.get(keyOf(update));
    return !(state?.whole && state.version.replace(/^0:/, "") === update.version.replace(/^0:/, ""));
  });
}
