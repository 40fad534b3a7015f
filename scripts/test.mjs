// `npm test [-- files or folders]`, `npm run test:all`: every kind of test, and at the very end one line with the sums.
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { installDebianPackages } from "./debian-packages.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";
import { countedCommand, runMocha } from "./test-steps.mjs";

await runMain(async () => {
  const { node } = await setup();
  const words = process.argv.slice(2);
  const long = words.includes("--all");
  const paths = words.filter((word) => word !== "--all");
  const env = environment(long);

  const results = [];
  const step = async (title, run) => {
    const started = performance.now();
    console.log(`\n== ${title}`);
    const result = await run();
    console.log(`== ${title}: ${line(result)} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
    results.push(result);
  };
  if (paths.length === 0) {
    await step("types (tsc)", () => countedCommand(node, ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."], { env, title: "types" }));
    await step("format and lint (biome)", () =>
      countedCommand(node, ["node_modules/@biomejs/biome/bin/biome", "check", "."], { env, title: "format and lint" }),
    );
  }
  const folders = groups(paths);
  if (folders.has("test/agent")) installDebianPackages();
  for (const [folder, files] of folders) await step(folder, () => runMocha(node, files, { env, long }));

  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  for (const key of ["skips", "failures"]) {
    const all = results.flatMap((result) => result[key]);
    if (all.length > 0) console.log(`\n${key === "skips" ? "Skipped" : "Failed"}:\n${all.map(({ title, reason }) => `  ${title}: ${reason}`).join("\n")}`);
  }
  const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  if (total.passed === 0) console.log(`\nNo test ran${paths.length > 0 ? `: nothing matches ${paths.join(" ")}` : ""}.`);
  console.log(`\n${line(total)}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** One mocha process for each folder of test/: a crash takes its own folder with it and no other. */
function groups(paths) {
  const all = readdirSync(join(ROOT, "test"), { recursive: true }).map((path) => join("test", path));
  const files = all.filter((path) => path.endsWith(".test.ts") && isWanted(path, paths)).sort();
  const byFolder = new Map();
  for (const file of files) {
    const folder = file.split(sep).length > 2 ? file.split(sep).slice(0, 2).join("/") : "test";
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  return byFolder;
}

function isWanted(file, paths) {
  if (paths.length === 0) return true;
  return paths.some((path) => {
    const wanted = relative(ROOT, join(process.cwd(), path));
    return file === wanted || file.startsWith(wanted.replace(/[\\/]$/, "") + sep);
  });
}

/** What the person who runs the tests has set for an engine of their own must not reach the tests. */
function environment(long) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("RUNWRIGHT_") && name !== "NODE_ENV");
  return { ...Object.fromEntries(own), ...(long ? { RUNWRIGHT_TEST_LONG: "1" } : {}) };
}
