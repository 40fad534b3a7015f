import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * What VS Code has open while tests run. Each place is an editor of its own, because another workspace restarts the extension host.
 * @typedef {{ query: Readonly<Record<string, string>>, args: readonly string[], settings: Readonly<Record<string, unknown>> }} Place
 *   `query`: of the workbench's address; `args`: of the desktop's command line
 */
const PLACES = {
  /** Spaces and letters beyond ASCII in its path, for all tests that don't ask for something else. */
  folder: (folder) => oneFolder(folder),
  "two-folders"(folder) {
    for (const name of ["first", "zwei té"]) mkdirSync(join(folder, name));
    const file = join(folder, "both.code-workspace");
    writeFileSync(file, JSON.stringify({ folders: [{ path: "first" }, { path: "zwei té" }] }));
    return { query: { workspace: file }, args: [file], settings: {} };
  },
  "no-folder": () => ({ query: { ew: "true" }, args: [], settings: {} }),
  /** Restricted Mode: nobody has said that the folder is to be trusted. */
  restricted: (folder) => ({
    ...oneFolder(folder),
    settings: { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never" },
  }),
};

function oneFolder(folder) {
  const opened = join(folder, "work špace");
  mkdirSync(opened);
  return { query: { folder: opened }, args: [opened], settings: {} };
}

/**
 * @param {string} name
 * @param {string} folder that of the run
 * @returns {Place}
 */
export const makePlace = (name, folder) => PLACES[name](folder);

/**
 * Test files by the place that they want, which stands in their names: `plan.two-folders.test.ts`.
 * @param {readonly string[]} files
 * @returns {Map<string, string[]>}
 */
export function byPlace(files) {
  const wanted = (file) => /\.([a-z-]+)\.test\.ts$/.exec(basename(file))?.[1] ?? "folder";
  const unknown = files.find((file) => !Object.hasOwn(PLACES, wanted(file)));
  if (unknown !== undefined) throw new Error(`${unknown}: there is no place "${wanted(unknown)}", only ${Object.keys(PLACES).join(", ")}`);
  return new Map(
    Object.keys(PLACES)
      .flatMap((place) => [[place, files.filter((file) => wanted(file) === place)]])
      .filter(([, some]) => some.length > 0),
  );
}
