import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { RunProgram } from "./program.ts";
import type { XmlReader } from "./xml.ts";
import { readXml } from "./xml.ts";

/** A document that unpacks to more is an attack. */
const LARGEST_BYTES = 1024 ** 3;

/** What a repository's repomd.xml lists: from the kind of a file (`primary`, `updateinfo`) to its name in the folder. */
export function parseRepomd(text: string): Map<string, string> {
  const files = new Map<string, string>();
  let type = "";
  readXml(text, {
    open({ name, attributes }) {
      if (name === "data") type = attributes.type ?? "";
      // The name alone: the list comes from outside, and must not lead out of the folder.
      else if (name === "location" && type !== "" && attributes.href) files.set(type, basename(attributes.href));
    },
  });
  return files;
}

/** A folder into which a package manager has fetched one repository's metadata. */
export interface CachedRepository {
  id: string;
  /** Holds `repodata/`. */
  folder: string;
}

/** When it was last fetched or found unchanged, Unix milliseconds; null: never. */
export async function fetchedAt({ folder }: CachedRepository): Promise<number | null> {
  const repomd = join(folder, "repodata/repomd.xml");
  const primary = await readFile(repomd, "utf8").then(
    (text) => parseRepomd(text).get("primary") ?? "",
    () => "",
  );
  const times = await Promise.all(
    [repomd, join(folder, "repodata", primary)].map((path) =>
      stat(path).then(
        (found) => (found.isFile() ? found.mtimeMs : 0),
        () => 0,
      ),
    ),
  );
  const newest = Math.max(...times);
  return newest > 0 ? Math.round(newest) : null;
}

/**
 * Feeds the advisories of a repository to a reader.
 * @returns whether the repository has any
 * @throws Error in words when they are announced and can't be read
 */
export async function readUpdateInfo(repository: CachedRepository, reader: XmlReader, run: RunProgram): Promise<boolean> {
  const file = parseRepomd(await readFile(join(repository.folder, "repodata/repomd.xml"), "utf8")).get("updateinfo");
  if (file === undefined) return false;
  let size = 0;
  for await (const chunk of await unpacked(join(repository.folder, "repodata", file), run)) {
    const text = String(chunk);
    size += text.length;
    if (size > LARGEST_BYTES) throw new Error(`${file} unpacks to more than ${LARGEST_BYTES} bytes`);
    reader.write(text);
  }
  reader.end();
  return true;
}

/** Programs for what Node can't unpack; each comes with the package managers that fetch such files. */
const UNPACKERS: Readonly<Record<string, readonly [string, ...string[]]>> = { ".xz": ["xz", "-dc"], ".bz2": ["bzip2", "-dc"], ".zck": ["unzck", "-c"] };

async function unpacked(path: string, run: RunProgram): Promise<Readable | string[]> {
  const [, ending = ""] = /(\.[a-z0-9]+)$/.exec(path) ?? [];
  const [program, ...args] = UNPACKERS[ending] ?? [];
  if (program !== undefined) return [await run(program, [...args, path])];
  const packed = createReadStream(path);
  const stream = ending === ".gz" ? packed.pipe(createGunzip()) : ending === ".zst" ? packed.pipe(createZstdDecompress()) : packed;
  // pipe() doesn't pass errors on.
  packed.on("error", (error) => stream.destroy(error));
  return stream.setEncoding("utf8");
}
