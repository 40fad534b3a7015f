/** What someone types who has this package in a folder and not on the PATH. Without `--no-install` npm would look for one of that name elsewhere. */
export const OWN_COMMAND = "npx --no-install runwright";
