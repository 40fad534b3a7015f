import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { hostname } from "node:os";

const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 30_000;
const POLL_MS = 200;

/**
 * Runs `action` while no other process holds the lock file; waits for its turn.
 * A holder that died (its process is gone, or it shows no sign of life for 30 s) loses the lock.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} action
 * @param {(holder: string) => void} onWait called once when another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, action, onWait = () => {}) {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), since: Date.now() });
  let told = false;
  while (!take(file, mine)) {
    const holder = read(file);
    if (holder === undefined) continue;
    if (isDead(file, holder)) {
      takeAway(file, holder);
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const heartbeat = setInterval(() => {
    const now = Date.now() / 1_000;
    // Someone removed the folder's files by hand: nothing left to keep alive.
    if (read(file) === mine) utimesSync(file, now, now);
  }, HEARTBEAT_MS);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

function take(file, mine) {
  try {
    const fd = openSync(file, "wx");
    writeSync(fd, mine);
    closeSync(fd);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isDead(file, holder) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_AFTER_MS) return true;
    const { pid, host } = JSON.parse(holder);
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it lives and belongs to someone else. SyntaxError: it has just been made and isn't written yet.
    return error.code === "ESRCH";
  }
}

/** Renaming picks exactly one of several waiters; if the file had already changed hands, the new holder gets it back. */
function takeAway(file, dead) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  try {
    if (readFileSync(aside, "utf8") !== dead) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}
