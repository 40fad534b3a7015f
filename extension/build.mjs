// `npm run build -w extension [-- --minify --outdir DIR --metafile FILE]`: makes dist/extension.cjs, which the editor loads when it activates us, and beside it one
// file for each part that is loaded with its first use. Reading code is most of an activation, so what isn't needed for it stays in a file of its own.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { minify: { type: "boolean", default: false }, outdir: { type: "string", default: join(here, "dist") }, metafile: { type: "string" } },
});
await import("./build-types.mjs");

/** Its bundler splits ECMAScript modules only; editors load CommonJS. So each file that it has made is turned into that, one by one, and imports of files stay what they are. */
const { outputFiles, metafile } = await build({
  entryPoints: { extension: "extension.ts", "temporal-stand-in": "temporal-polyfill" },
  absWorkingDir: here,
  outdir: values.outdir,
  outExtension: { ".js": ".cjs" },
  chunkNames: "part-[hash]",
  alias: { vscode: "./vscode-api.cjs" },
  inject: ["./temporal.mjs"],
  external: ["./temporal-stand-in.cjs"],
  ...{
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    sourcemap: "inline",
    metafile: true,
    write: false,
    logLevel: "warning",
  },
});
const parts = await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    const { code, map } = await transform(text, {
      ...{ format: "cjs", platform: "node", target: "node22", sourcemap: "external", sourcefile: basename(path), minify: values.minify },
    });
    return { name: basename(path), code, map };
  }),
);

/*
 * What the main file imports is needed to activate, and each file of its own costs an editor a look for it: so these parts lie in the main file, as functions, and the
 * files of their names only hand them out, to parts that come later.
 */
const MAIN = "extension.cjs";
const codes = new Map(parts.map(({ name, code }) => [name, code]));
const early = importedBy(MAIN, metafile.outputs);
if (values.minify) {
  const inMain = [...early].map((name) => `${JSON.stringify(`./${name}`)}:(function(module,exports,require){${codes.get(name)}})`).join(",");
  codes.set(
    MAIN,
    `var parts={${inMain}},made={},ask=require;require=function(name){var part=parts[name];if(!part)return ask(name);if(!made[name])part(made[name]={exports:{}},made[name].exports,require);return made[name].exports};${codes.get(MAIN)};module.exports.part=require;`,
  );
  for (const name of early) codes.set(name, `module.exports=require("./${MAIN}").part("./${name}");\n`);
}

mkdirSync(values.outdir, { recursive: true });
for (const { name, map } of parts) {
  const code = codes.get(name);
  // A package has no maps.
  if (!values.minify) write(`${name}.map`, map);
  write(name, values.minify ? code : `${code}//# sourceMappingURL=${name}.map\n`);
}
if (values.metafile) writeFileSync(values.metafile, JSON.stringify(metafile));
forget(new Set(parts.map(({ name }) => name)));

/** Names of the files that are read with this one, in their order of being named. */
function importedBy(main, outputs) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const read = new Set([main]);
  for (const name of read)
    for (const { path, kind } of byName.get(name).imports) if (kind === "import-statement" && byName.has(basename(path))) read.add(basename(path));
  read.delete(main);
  return read;
}

/** At once: editors may be reading. */
function write(name, text) {
  const unfinished = join(values.outdir, `${name}.${process.pid}.unfinished`);
  writeFileSync(unfinished, text);
  renameSync(unfinished, join(values.outdir, name));
}

/** Parts of earlier builds. */
function forget(made) {
  for (const name of readdirSync(values.outdir)) {
    if (/^part-.*\.cjs(\.map)?$/.test(name) && !made.has(name.replace(/\.map$/, ""))) rmSync(join(values.outdir, name), { force: true });
  }
}
