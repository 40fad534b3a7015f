import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Loader, OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import type { DiagnosticCode } from "../core/diagnostic.ts";
import { isNodeBuiltin, nodeBuiltinMessage } from "./node-builtins.ts";

/** A file that the author wrote, as it is kept with a version. */
export interface SourceFile {
  /** Relative to the runbook's folder, with `/`. */
  path: string;
  /** Line ends are `\n`. */
  text: string;
}

/** What went into a bundle. */
export interface ModuleRecord {
  sources: Map<string, string>;
  /** `name@version` */
  packages: Set<string>;
}

/** Where the module is really; its path for esbuild is one that is the same on every machine. */
interface Place {
  file: string;
}

/** Namespaces of esbuild: they appear before the path in comments of the bundle and in the source map. */
export const USER_FILES = "runbook";
const NPM = "npm";
const SDK = "runwright";

/** The engine's own SDK, whether it runs from source or from the npm package. */
export const SDK_ENTRY = join(import.meta.dirname, "..", "sdk", `index${extname(fileURLToPath(import.meta.url))}`);
export const SDK_FOLDER = dirname(dirname(SDK_ENTRY));

const LOADERS: Record<string, Loader> = { ".ts": "ts", ".mts": "ts", ".cts": "ts", ".js": "js", ".mjs": "js", ".cjs": "js", ".json": "json" };
const RESOLVING = Symbol("resolving");

export interface ModulesParts {
  /** Real path of the runbook's folder. */
  folder: string;
  /** Files of the author must lie below it; set where the author isn't the owner of the machine. */
  confineTo?: string;
  record: ModuleRecord;
}

/**
 * Finds modules as esbuild does, then gives each a path that doesn't depend on folder or platform, because esbuild writes paths into the bundle:
 * the author's files relative to the runbook, packages as `name@version/file`, the SDK by its own name.
 */
export function modulesPlugin({ folder, confineTo, record }: ModulesParts): Plugin {
  async function resolve(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (args.pluginData === RESOLVING) return undefined;
    const { path, resolveDir, kind } = args;
    if (path === "runwright") return placed(SDK_ENTRY, false);
    if (path.startsWith("runwright/"))
      return failure("NOT_IN_SANDBOX", `"${path}" can't be used in a runbook: only "runwright" can; tests may import "runwright/testing"`);
    const importedBy = args.namespace === NPM ? args.importer.replace(/^((?:@[^/]+\/)?[^/]+).*$/, "$1") : undefined;
    if (path.startsWith("node:")) return failure("NODE_BUILTIN", nodeBuiltinMessage(path, importedBy));
    const found = await build.resolve(path, { resolveDir, kind, namespace: "file", pluginData: RESOLVING });
    if (found.errors.length > 0) {
      if (isNodeBuiltin(path)) return failure("NODE_BUILTIN", nodeBuiltinMessage(path, importedBy));
      return failure(
        "NOT_FOUND",
        /^\.{0,2}\//.test(path) ? `there is no file "${path}"` : `there is no package "${path}"; install it in the runbook's folder: npm install ${path}`,
      );
    }
    if (found.namespace !== "file")
      return failure("UNSUPPORTED_IMPORT", `"${path.slice(0, 50)}" can't be imported: only TypeScript, JavaScript and JSON files can`);
    return placed(found.path, found.sideEffects);
  }

  function placed(file: string, sideEffects: boolean): OnResolveResult {
    if (LOADERS[extname(file)] === undefined)
      return failure("UNSUPPORTED_IMPORT", `"${toSlashes(relative(folder, file))}" can't be imported: only TypeScript, JavaScript and JSON files can`);
    const pluginData: Place = { file };
    if (isBelow(SDK_FOLDER, file)) return { namespace: SDK, path: toSlashes(relative(SDK_FOLDER, file)).replace(/\.[jt]s$/, ""), sideEffects, pluginData };
    const found = packageOf(file);
    if (found !== undefined && confineTo !== undefined && !isBelow(confineTo, file))
      return failure("NOT_FOUND", `there is no package "${found.id.replace(/@[^@]*$/, "")}" where this is checked`);
    if (found !== undefined) {
      record.packages.add(found.id);
      return { namespace: NPM, path: `${found.id}/${toSlashes(relative(found.folder, file))}`, sideEffects, pluginData };
    }
    const path = toSlashes(relative(folder, file));
    if (isAbsolute(path) || (confineTo !== undefined && !isBelow(confineTo, file))) return failure("OUTSIDE", `"${path}" lies outside the runbook's folder`);
    return { namespace: USER_FILES, path, sideEffects, pluginData };
  }

  async function load({ path, namespace, pluginData }: OnLoadArgs): Promise<OnLoadResult> {
    const { file } = pluginData as Place;
    const contents = normalized(await readFile(file, "utf8"));
    if (namespace === USER_FILES) record.sources.set(path, contents);
    return { contents, loader: LOADERS[extname(file)] ?? "ts", resolveDir: dirname(file) };
  }

  return {
    name: "runwright",
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => resolve(build, args));
      for (const namespace of [USER_FILES, NPM, SDK]) build.onLoad({ filter: /.*/, namespace }, load);
    },
  };
}

/** The code travels in `detail`, which esbuild hands through. */
const failure = (code: DiagnosticCode, text: string): OnResolveResult => ({ errors: [{ text, detail: code }] });

/** Git may have checked the same file out with other line ends: the bundle must not differ. */
const normalized = (text: string) => text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");

export const toSlashes = (path: string): string => (sep === "\\" ? path.replaceAll("\\", "/") : path);

function isBelow(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== "" && !isAbsolute(path) && path.split(sep)[0] !== "..";
}

/** The installed package that a file belongs to. */
function packageOf(file: string): { id: string; folder: string } | undefined {
  const parts = file.split(sep);
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return undefined;
  const folder = parts.slice(0, at + (parts[at + 1]?.startsWith("@") ? 3 : 2)).join(sep);
  const manifest = join(folder, "package.json");
  const { name = toSlashes(parts.slice(at + 1).join("/")), version = "0.0.0" } = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string })
    : {};
  return { id: `${name}@${version}`, folder };
}
