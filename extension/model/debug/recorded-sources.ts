import { isAbsolute, join, relative, sep } from "node:path";

export interface Source {
  /** Relative to the folder of the runbook's file. */
  path: string;
  text: string;
}

/**
 * Whether a folder holds exactly these sources. Of files that a bundle took from elsewhere, such as packages, nothing is asked.
 * @param read undefined: there is no such file
 */
export async function isAsRecorded(sources: readonly Source[], folder: string, read: (path: string) => Promise<string | undefined>): Promise<boolean> {
  const own = sources.filter(isOwn);
  if (own.length === 0) return false;
  const texts = await Promise.all(own.map(({ path }) => read(join(folder, path))));
  return texts.every((text, i) => text !== undefined && sameText(text, own[i]?.text ?? ""));
}

const isOwn = ({ path }: Source): boolean => !/(^|\/)node_modules\//.test(path) && !path.startsWith("<");
/** Line ends are as an editor keeps them. */
const sameText = (one: string, other: string): boolean => one.replaceAll("\r\n", "\n") === other.replaceAll("\r\n", "\n");

/** Where each source goes below a folder; what would lie outside of it goes nowhere: names come from an engine. */
export function placesOf(sources: readonly Source[], folder: string): { path: string; text: string }[] {
  return sources.flatMap(({ path, text }) => {
    const place = join(folder, path);
    const inside = relative(folder, place);
    const isInside = inside !== "" && !isAbsolute(inside) && inside.split(sep)[0] !== "..";
    return isInside ? [{ path: place, text }] : [];
  });
}
