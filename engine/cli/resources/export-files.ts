import { stringify } from "yaml";
import { looksLikeRunbook } from "./runbook-document.ts";

export type StandingDocument = Readonly<Record<string, unknown>>;

export interface ExportFile {
  /** Relative, with "/". */
  path: string;
  text: string;
}

interface SourceFile {
  path: string;
  text: string;
}

/** As `plan` reads it. The same document gives the same text. */
export const yamlOf = (document: StandingDocument): string =>
  stringify(document, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false });

/** `schedule/team/nightly.yaml`: one file for each, by kind and scope; a runbook's sources in a folder beside it. @returns undefined when it can't be written */
export function filesOf(document: StandingDocument): ExportFile[] | undefined {
  const { kind, name, scope, sources, ...fields } = document;
  const own = typeof name === "string" ? name : [fields.principal, fields.role].join(".");
  const folder = [String(kind).toLowerCase(), ...String(scope).split("/").filter(Boolean)].join("/");
  if (kind !== "Runbook") return safe([{ path: `${folder}/${own}.yaml`, text: yamlOf(document) }]);
  const files = sources as readonly SourceFile[];
  const entry = entryOf(own, files);
  if (entry === undefined) return undefined;
  // Files that a runbook shares lie above its own: as many folders deeper it goes.
  const depth = Math.max(0, ...files.map(({ path }) => path.split("/").filter((part) => part === "..").length));
  const place = [own, ...Array.from({ length: depth }, () => "src")];
  const at = (path: string) => {
    const up = path.split("/").filter((part) => part === "..").length;
    return [folder, ...place.slice(0, place.length - up), ...path.split("/").slice(up)].join("/");
  };
  return safe([
    { path: `${folder}/${own}.yaml`, text: yamlOf({ kind, name, scope, file: `./${[...place, entry].join("/")}` }) },
    ...files.map(({ path, text }) => ({ path: at(path), text })),
  ]);
}

function entryOf(name: string, files: readonly SourceFile[]): string | undefined {
  const paths = files.map(({ path }) => path);
  const named = paths.find((path) => path === `${name}.ts` || path === `${name}.mts`);
  return named ?? files.find(({ path, text }) => !path.includes("/") && /\.m?ts$/.test(path) && looksLikeRunbook(text))?.path;
}

/** Nothing that an engine says may write anywhere but below the folder. */
function safe(files: ExportFile[]): ExportFile[] | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const isPlain = (part: string) => part !== "" && part !== "." && part !== ".." && !/[\\:\x00-\x1f]/.test(part);
  return files.every(({ path }) => path.split("/").every(isPlain)) ? files : undefined;
}
