import { posix } from "node:path";
import * as rules from "./rules.ts";
import { codeOf, type Import, importsOf, lineOf, type SourceFile, stringsOf } from "./source.ts";

/** Each check returns its complaints, one a line, as `path:line: what is wrong`. */
export type Check = (files: readonly SourceFile[]) => string[];

/** `engine/jobs/enqueue.ts` → `jobs`; `engine/config.ts` → `config.ts`; undefined outside engine/. */
function areaOf(path: string): string | undefined {
  const [top, area] = path.split("/");
  return top === "engine" ? area : undefined;
}

const isIn = (path: string, places: readonly string[]) =>
  places.some((place) => path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}.`));

const isRelative = ({ specifier }: Import) => specifier.startsWith(".");
const target = (file: SourceFile, { specifier }: Import) => posix.normalize(posix.join(posix.dirname(file.path), specifier));

/** The import table of the engine. */
export const checkImportTable: Check = (files) =>
  files.flatMap((file) => {
    const area = areaOf(file.path);
    if (area === undefined) return [];
    if (!(area in rules.MAY_IMPORT)) return [`${file.path}:1: engine/${area} is in no row of the import table`];
    return importsOf(file)
      .filter(isRelative)
      .flatMap((found) => complainAbout(file, area, found));
  });

function complainAbout(file: SourceFile, area: string, found: Import): string[] {
  const to = target(file, found);
  const at = `${file.path}:${found.line}:`;
  const targetArea = areaOf(to);
  if (targetArea === undefined) return [`${at} the engine imports ${to}, which isn't part of it`];
  if (targetArea === area && area.includes(".") === false) return [];
  if (rules.MAY_IMPORT[area]?.includes(targetArea)) return [];
  if (found.typeOnly && rules.MAY_IMPORT_TYPES[area]?.includes(targetArea)) return [];
  if (rules.DOORS.some((door) => isIn(file.path, [door.from]) && isIn(to, [door.to]))) return [];
  return [`${at} ${area} may not import ${targetArea} (${to})`];
}

/** The import table of the extension. */
export const checkExtensionTable: Check = (files) =>
  files.flatMap((file) => {
    const [top, area = ""] = file.path.split("/");
    if (top !== "extension") return [];
    const may = rules.EXTENSION_MAY_IMPORT[area];
    if (may === undefined) return [`${file.path}:1: extension/${area} is in no row of the import table`];
    return importsOf(file)
      .filter(isRelative)
      .flatMap((found) => {
        const to = target(file, found);
        const [place, targetArea = ""] = to.split("/");
        const { values, types } = rules.EXTENSION_MAY_IMPORT_OF_ENGINE;
        const isFine =
          place === "extension"
            ? targetArea === area || may.includes(targetArea)
            : isIn(to, found.typeOnly ? types : values) || rules.EXTENSION_DOORS.some((door) => isIn(file.path, [door.from]) && isIn(to, [door.to]));
        return isFine ? [] : [`${file.path}:${found.line}: extension/${area} may not import ${found.typeOnly ? "types of " : ""}${to}`];
      });
  });

/** Packages that only some places may import; isolated-vm that only one file may. */
export const checkPackages: Check = (files) => {
  const complaints: string[] = [];
  const sandboxes = new Set<string>();
  for (const file of files) {
    const area = areaOf(file.path);
    for (const found of importsOf(file).filter((found) => !isRelative(found))) {
      const at = `${file.path}:${found.line}:`;
      const name = found.specifier;
      if (name === "isolated-vm" && area !== undefined) sandboxes.add(file.path);
      for (const rule of rules.PACKAGES) {
        const governed = area !== undefined || file.path.startsWith("extension/") || name === "vscode";
        if (governed && rule.name.test(packageOf(name)) && !isIn(file.path, rule.onlyIn))
          complaints.push(`${at} ${name} is for ${rule.onlyIn.join(", ")} only: ${rule.reason}`);
      }
      if (area === undefined) continue;
      if (rules.PURE_AREAS.includes(area) && name.startsWith("node:")) complaints.push(`${at} ${area} is pure: no ${name}`);
      if (rules.AREAS_WITHOUT_NATIVE.includes(area) && rules.NATIVE_PACKAGES.test(packageOf(name)))
        complaints.push(`${at} ${area} has no native dependency: no ${name}`);
      if (packageOf(name) === "runwright") complaints.push(`${at} the engine doesn't import itself by name`);
    }
  }
  if (sandboxes.size > 1) complaints.push(`isolated-vm is for one file only, not for ${[...sandboxes].join(", ")}`);
  return complaints;
};

const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/** Environment, wall clock, randomness and console belong to the edges of the program. */
export const checkEdges: Check = (files) =>
  files
    .filter((file) => areaOf(file.path) !== undefined)
    .flatMap((file) => {
      const code = codeOf(file);
      return rules.EDGES.filter((edge) => !isIn(file.path, edge.in)).flatMap((edge) =>
        [...code.matchAll(edge.pattern)].map(
          (match) => `${file.path}:${lineOf(code, match.index)}: ${edge.name} is for ${edge.in.join(", ")} only; have it handed in`,
        ),
      );
    });

const SQL =
  /^\s*(select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|alter|drop)\s+(unique\s+)?(table|index|view)\s|pragma\s)/;

/** SQL as literal text, in lower or upper case as people write it. */
export const checkSql: Check = (files) =>
  files
    .filter((file) => areaOf(file.path) !== undefined && !isIn(file.path, rules.SQL_ONLY_IN))
    .flatMap((file) =>
      stringsOf(file)
        .filter(({ text }) => SQL.test(text) || (/^\s*[A-Z]{4}/.test(text) && SQL.test(text.toLowerCase())))
        .map(({ line }) => `${file.path}:${line}: SQL is for ${rules.SQL_ONLY_IN.join(", ")} only`),
    );

export const checkLength: Check = (files) =>
  files.flatMap((file) => {
    const lines = file.text.replace(/\n$/, "").split("\n").length;
    return lines > rules.LONGEST_FILE ? [`${file.path}: ${lines} lines, more than ${rules.LONGEST_FILE}: it holds more than one idea`] : [];
  });

export const checkNames: Check = (files) =>
  files.filter((file) => rules.MEANINGLESS_NAMES.test(file.path)).map((file) => `${file.path}: the name doesn't say which idea the file holds`);

/** docs/errors.md has a row for each error code, with the same status and retry decision, and tells what to do. */
export function checkErrorTable(markdown: string, errors: Readonly<Record<string, { status: number; retry: boolean }>>): string[] {
  const complaints: string[] = [];
  const rows = new Map<string, string[]>();
  for (const row of markdown.split("\n")) {
    const cells = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const code = /^`([A-Z_]+)`$/.exec(cells[0] ?? "")?.[1];
    if (code === undefined) continue;
    if (rows.has(code)) complaints.push(`docs/errors.md: ${code} has two rows`);
    rows.set(code, cells);
  }
  for (const [code, { status, retry }] of Object.entries(errors)) {
    const cells = rows.get(code);
    if (cells === undefined) {
      complaints.push(`docs/errors.md: ${code} has no row`);
      continue;
    }
    if (cells[1] !== String(status)) complaints.push(`docs/errors.md: ${code} has status ${status}, not ${cells[1]}`);
    if (cells[2] !== (retry ? "yes" : "no")) complaints.push(`docs/errors.md: ${code} has retry ${retry ? "yes" : "no"}, not ${cells[2]}`);
    if (cells.length !== 5 || cells.slice(3).some((cell) => cell.length < 10)) complaints.push(`docs/errors.md: ${code} must say what it means and what to do`);
  }
  for (const code of rows.keys()) if (!(code in errors)) complaints.push(`docs/errors.md: ${code} isn't in the catalogue`);
  return complaints;
}
