import { keyOf } from "./test-tree.ts";

/** What somebody has picked: a file with all its tests, or one test or suite in it. */
export interface Picked {
  file: string;
  /** Absent: the whole file. */
  path?: readonly string[];
  /** The name is computed: parts of it stand as `…`. */
  isComputed?: boolean;
}

/** What one run of the program does. */
export interface Selection {
  files: readonly string[];
  /** Words that choose tests in them; none: all. */
  words: readonly string[];
}

/**
 * Runs that do what was picked: one for all whole files, one for each file of which only some tests were picked, because names are asked for in all files of a run.
 * @param excluded of these nothing is run: whole files are left out; tests of a file make the rest of it be named
 */
export function selections(picked: readonly Picked[], excluded: readonly Picked[] = [], namesIn: (file: string) => readonly Picked[] = () => []): Selection[] {
  const out = new Set(excluded.map(idOf));
  const whole: string[] = [];
  const parts = new Map<string, Picked[]>();
  for (const one of picked) {
    if (out.has(idOf({ file: one.file }))) continue;
    const without = excluded.filter(({ file, path }) => file === one.file && path !== undefined);
    if (one.path === undefined && without.length === 0) whole.push(one.file);
    else {
      const wanted = one.path === undefined ? namesIn(one.file) : [one];
      parts.set(one.file, [...(parts.get(one.file) ?? []), ...wanted.filter((each) => !out.has(idOf(each)))]);
    }
  }
  const some = [...parts].filter(([file, tests]) => !whole.includes(file) && tests.length > 0);
  return [
    ...(whole.length > 0 ? [{ files: [...new Set(whole)], words: [] }] : []),
    ...some.map(([file, tests]) => ({ files: [file], words: [...new Map(tests.map((one) => [idOf(one), one])).values()].flatMap(wordsFor) })),
  ];
}

const idOf = ({ file, path }: Picked): string => (path === undefined ? file : `${file} ${keyOf(path)}`);

/** A test is asked for by its name after those of its suites; a computed one by what is known of it. */
function wordsFor({ path = [], isComputed = false }: Picked): string[] {
  const name = path.join(" ");
  if (!isComputed) return ["--name", name];
  return ["--grep", `^${name.split("…").map(escaped).join(".*")}`];
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
