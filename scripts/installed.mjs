import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const stampFile = (root) => join(root, "node_modules", ".runwright-stamp");

/** What the stamp says when node_modules holds what package-lock.json asks for on this platform. */
export function expectedStamp(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform}-${process.arch}\n`;
}

export function isStamped(root) {
  const file = stampFile(root);
  return existsSync(file) && readFileSync(file, "utf8") === expectedStamp(root);
}

export const writeStamp = (root) => writeFileSync(stampFile(root), expectedStamp(root));
export const removeStamp = (root) => rmSync(stampFile(root), { force: true });

/**
 * Whether node_modules already holds every package of package-lock.json for this platform, because someone ran npm by hand.
 * npm notes what it has installed in node_modules/.package-lock.json, and removes the note before it changes anything.
 */
export function isInstalled(root) {
  const note = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(note)) return false;
  const installed = JSON.parse(readFileSync(note, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    if (!installed[path]) return entry.optional === true && !isForThisPlatform(entry);
    return installed[path].version === entry.version && installed[path].integrity === entry.integrity && existsSync(join(root, path));
  });
}

const isForThisPlatform = ({ os, cpu, libc }) => matches(os, process.platform) && matches(cpu, process.arch) && libc === undefined;

function matches(list, value) {
  if (list === undefined) return true;
  const names = [list].flat();
  if (names.includes(`!${value}`)) return false;
  return names.includes(value) || names.every((name) => name.startsWith("!"));
}
