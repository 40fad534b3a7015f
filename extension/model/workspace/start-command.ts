/** Takes what the folder has installed, and nothing from a registry: nobody has looked at what is there under the name. */
export const START_COMMAND = "npx --no-install runwright serve";

/** Why the command can't work in a folder, for people; undefined: it may. */
export const startProblem = (command: string, isInstalled: boolean): string | undefined =>
  isInstalled || command.trim() !== START_COMMAND
    ? undefined
    : "Runwright isn't installed in this folder: install it first, sign in to an engine that is there, or say in the setting runwright.localEngine how one is started here.";
