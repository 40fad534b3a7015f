// Makes dist/runwright.d.ts: the SDK's types as one file, for folders in which nothing is installed. Each module of the SDK, and of TypeBox, whose types it has, becomes
// an ambient module in it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const engine = join(here, "..", "engine");
const typebox = dirname(createRequire(join(engine, "package.json")).resolve("typebox"));
const emitted = mkdtempSync(join(tmpdir(), "runwright-types-"));

/** What imports, exports and types made on the spot name; a comment's example isn't followed by a line end. */
const SPECIFIER = /(?<=\b(?:from|import)\s*\(?\s*)["']([^"'\n]+)["'](?=\)|;|\r?\n)/g;

try {
  emitDeclarations();
  mkdirSync(join(here, "dist"), { recursive: true });
  const unfinished = join(here, "dist", `runwright-${process.pid}.unfinished`);
  writeFileSync(unfinished, flattened());
  renameSync(unfinished, join(here, "dist", "runwright.d.ts"));
} finally {
  rmSync(emitted, { recursive: true, force: true });
}

function emitDeclarations() {
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: emitted, rootDir: engine, types: [] },
  };
  writeFileSync(
    join(emitted, "tsconfig.json"),
    JSON.stringify({ extends: join(here, "..", "tsconfig.json"), compilerOptions, include: [], files: [join(engine, "sdk", "index.ts")] }),
  );
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  execFileSync(process.execPath, [join(dirname(tsc), "bin", "tsc"), "-p", emitted], { stdio: ["ignore", "inherit", "inherit"] });
}

function flattened() {
  const entry = join(emitted, "sdk", "index.d.ts");
  const modules = new Map();
  const waiting = [entry];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (modules.has(file)) continue;
    const text = readFileSync(file, "utf8");
    modules.set(file, text);
    for (const [, specifier] of text.matchAll(SPECIFIER)) waiting.push(resolved(file, specifier));
  }
  const blocks = [...modules].map(([file, text]) => `declare module ${JSON.stringify(nameOf(file, entry))} {\n${ambient(file, text, entry).trim()}\n}\n`);
  const { version } = JSON.parse(readFileSync(join(engine, "package.json"), "utf8"));
  const licence = readFileSync(join(typebox, "..", "license"), "utf8").trim();
  return `// Types of the Runwright SDK ${version}, written by the Runwright extension for VS Code. Parts are of TypeBox:\n/*\n${licence}\n*/\n${blocks.join("")}`;
}

function resolved(file, specifier) {
  if (specifier === "typebox") return join(typebox, "index.d.mts");
  if (!specifier.startsWith(".")) throw new Error(`${file} names "${specifier}": types of no other package can go with the SDK's`);
  return join(dirname(file), specifier.replace(/\.mjs$/, ".d.mts").replace(/\.ts$/, ".d.ts"));
}

function nameOf(file, entry) {
  if (file === entry) return "runwright";
  const [root, prefix] = file.startsWith(emitted) ? [emitted, ""] : [typebox, "typebox/"];
  return `runwright/-/${prefix}${relative(root, file)
    .replaceAll("\\", "/")
    .replace(/\.d\.m?ts$/, "")}`;
}

function ambient(file, text, entry) {
  const own = file.startsWith(emitted) ? text : text.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, "");
  return own
    .replace(SPECIFIER, (_, specifier) => JSON.stringify(nameOf(resolved(file, specifier), entry)))
    .replace(/^(export )?declare /gm, (_, exported = "") => exported)
    .replace(/^\/\/# .*$/gm, "");
}
