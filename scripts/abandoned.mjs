const LOOK_EVERY_MS = 500;

/**
 * Calls `act` when npm, which runs us through a shell, was told to end: it tells that shell, and the shell tells nobody.
 * Without npm a parent may well end before us (`nohup`, a closed terminal), so then nothing is watched.
 * @param {() => void} act
 * @returns {() => void} ends the watch
 */
export function whenAbandoned(act) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
