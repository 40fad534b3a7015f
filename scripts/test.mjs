// `npm test [-- files or folders]`, `npm run test:all`: every kind of test, and at the very end one line with the sums.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, sep } from "node:path";
import { installDebianPackages } from "./debian-packages.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";
import { sideBySide } from "./side-by-side.mjs";
import { countedCommand, runInVSCode, runMocha } from "./test-steps.mjs";

/** Test files that run inside VS Code; those that walk through it from outside are a group of their own too. */
const IN_VSCODE = "test/extension/suite";
const GROUPS = [IN_VSCODE, "test/extension/ui"];

/** Groups that the short form leaves out, unless they are named, and why. */
const LONG_ONLY = new Map([
  ["test/attacks", "bombs of memory and time disturb what runs beside them; npm run test:all does, and npm test -- test/attacks"],
  ["test/dashboard-pages", "each page in each width, with no rows, few and many, and with hostile text, takes minutes; npm run test:all does"],
]);

/** Groups that run beside each other. Each is one process that waits a good deal for those it starts. */
const AT_ONCE = 2;
/** What takes longest begins first, so that nothing long is left to run alone at the end. */
const LONGEST_FIRST = ["test/cli", "test/agent", "test/engine", "test/cluster", "test/extension/ui"];
/** Folders that take so long that one process for them could be taken for one that hangs: they are several. */
const PARTS = new Map([
  ["test/agent", 3],
  ["test/engine", 2],
  ["test/cli", 2],
]);

await runMain(async () => {
  const { node } = await setup();
  const words = process.argv.slice(2);
  const long = words.includes("--all");
  const paths = words.filter((word) => word !== "--all");
  const env = environment(long);

  const folders = groups(paths);
  const leftOut = long || paths.length > 0 ? [] : [...LONG_ONLY].filter(([folder]) => folders.delete(folder));
  if (folders.has("test/agent")) installDebianPackages();
  // Engines that tests start serve it, too: it is there before any of them, so that no two build it at once.
  execFileSync(node, [join(ROOT, "scripts", "build-dashboard.mjs")], { stdio: "inherit" });
  const editors = long ? ["newest", "oldest"] : ["newest"];
  const checks = [
    ["types (tsc)", ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."]],
    ["types of the dashboard (tsc)", ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "engine/dashboard"]],
    ["format and lint (biome)", ["node_modules/@biomejs/biome/bin/biome", "check", "."]],
  ];
  const steps = [
    ...[...folders].flatMap(([folder, files]) => {
      if (folder !== IN_VSCODE) return parts(folder, files).map(([title, some]) => ({ title, run: (output) => runMocha(node, some, { env, long, output }) }));
      return editors.map((which) => ({ title: `${folder} (${which} VS Code)`, run: (output) => runInVSCode(node, files, { env, long, output, which }) }));
    }),
    ...(paths.length > 0 ? [] : checks.map(([title, args]) => ({ title, run: (output) => countedCommand(node, args, { env, title, output }) }))),
  ].sort((a, b) => place(a.title) - place(b.title));
  const atOnce = Math.min(AT_ONCE, availableParallelism(), steps.length);

  const results = leftOut.map(([title, reason]) => ({ passed: 0, failed: 0, skipped: 1, failures: [], skips: [{ title, reason }] }));
  const runStep = async ({ title, run }, output) => {
    const started = performance.now();
    const result = await run(output);
    results.push(result);
    return `== ${title}: ${line(result)} (${((performance.now() - started) / 1_000).toFixed(1)} s)`;
  };
  await sideBySide(steps, atOnce, runStep);

  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  for (const key of ["skips", "failures"]) {
    const all = results.flatMap((result) => result[key]);
    if (all.length > 0)
      console.log(
        `\n${key === "skips" ? "Skipped" : "Failed"}:\n${all.map(({ title, reason }) => `  ${title}: ${reason.replaceAll("\n", "\n    ")}`).join("\n")}`,
      );
  }
  const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  if (results.length === 0) console.log(`\nNo test ran${paths.length > 0 ? `: nothing matches ${paths.join(" ")}` : ""}.`);
  console.log(`\n${line(total)}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});

function place(title) {
  const at = LONGEST_FIRST.findIndex((folder) => title === folder || title.startsWith(`${folder}, part `));
  return at < 0 ? LONGEST_FIRST.length : at;
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The files of each folder of test/. A folder never shares a process with another: a crash takes nothing of another folder with it. */
function groups(paths) {
  const all = readdirSync(join(ROOT, "test"), { recursive: true }).map((path) => join("test", path));
  const files = all.filter((path) => path.endsWith(".test.ts") && isWanted(path, paths)).sort();
  const byFolder = new Map();
  for (const file of files) {
    const folder = groupOf(file.split(sep));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  return byFolder;
}

function groupOf(path) {
  const own = GROUPS.find((group) => path.join("/").startsWith(`${group}/`));
  return own ?? (path.length > 2 ? path.slice(0, 2).join("/") : "test");
}

/** A folder as the processes that it is. Neighbours by name often take equally long: they are dealt out in turn. */
function parts(folder, files) {
  const count = Math.min(PARTS.get(folder) ?? 1, files.length);
  if (count === 1) return [[folder, files]];
  return Array.from({ length: count }, (_, part) => [`${folder}, part ${part + 1} of ${count}`, files.filter((_, at) => at % count === part)]);
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
  // Commands, engines and agents are started by the hundred: code that is compiled already, as `runwright.mjs` keeps it for users, more than halves what that takes.
  const compiled = { NODE_COMPILE_CACHE: join(ROOT, "node_modules", ".cache", "runwright") };
  return { ...Object.fromEntries(own), ...compiled, ...(long ? { RUNWRIGHT_TEST_LONG: "1" } : {}) };
}
