// The dashboard's page as files: `engine/dashboard/dist`, built when it isn't there or its sources have changed.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { ROOT, runMain } from "./setup.mjs";
import { withLock } from "./setup-lock.mjs";

const DASHBOARD = join(ROOT, "engine", "dashboard");
const DIST = join(DASHBOARD, "dist");
const STAMP = join(DIST, "built-from");
/** Smaller files aren't worth it, and pictures and fonts are packed already. */
const WORTH_PACKING = /\.(js|css|html|svg)$/;
const LEAST_BYTES = 1_000;

await runMain(async () => {
  await withLock(join(ROOT, ".setup.lock"), buildIfChanged, () => console.log("[set-up] another set-up of this folder is running: waiting for it"));
  return 0;
});

async function buildIfChanged() {
  const wanted = sourcesHash();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  const started = performance.now();
  await build({
    configFile: false,
    root: DASHBOARD,
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: DIST,
      assetsDir: "files",
      emptyOutDir: true,
      target: "es2024",
      // Files of their own, not in the page: its policy allows no inline code, and no `data:` fonts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
    },
  });
  for (const name of globSync("**/*", { cwd: DIST })) pack(join(DIST, name));
  writeFileSync(STAMP, wanted);
  console.log(`[set-up] built the dashboard in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}

/** Packed once here, so that the engine packs nothing while it answers. */
function pack(file) {
  if (!WORTH_PACKING.test(file)) return;
  const bytes = readFileSync(file);
  if (bytes.length < LEAST_BYTES) return;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}

/** Of everything that goes into the page: its own files, what it takes from the engine, and the versions of packages. */
function sourcesHash() {
  const hash = createHash("sha256");
  const own = globSync("engine/{dashboard,core,protocol}/**/*.{ts,tsx,css,html,svg,json}", { cwd: ROOT, exclude: (name) => name.includes("dashboard/dist") });
  for (const name of [...own, "package-lock.json", "scripts/build-dashboard.mjs"].sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(ROOT, name)))
      .update("\0");
  return hash.digest("hex");
}
