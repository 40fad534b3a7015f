// `npm run bench:extension -- --first-stop [--times N] [--oldest]`: how long it takes from F5 on a runbook to the first stop at a breakpoint in the sandbox, with a real engine.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { ROOT } from "../setup.mjs";
import { buildExtension } from "./build-extension.mjs";
import { setUpEditor } from "./setup.mjs";
import { runInBrowser } from "./suite-in-browser.mjs";

const { values } = parseArgs({
  options: { times: { type: "string", default: "20" }, oldest: { type: "boolean", default: false }, "first-stop": { type: "boolean" } },
});
const editor = await setUpEditor(values.oldest ? "oldest" : "newest");
await buildExtension();
mkdirSync(join(ROOT, "dist"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "dist", "bench-"));
try {
  const tests = join(folder, "first-stop.cjs");
  await build({
    ...{ entryPoints: [join(ROOT, "test", "extension", "bench", "first-stop.ts")], outfile: tests, bundle: true, platform: "node", format: "cjs" },
    ...{ target: "node22", external: ["vscode"], logLevel: "warning" },
  });
  for (const place of ["engine", "workspace"]) {
    const output = join(folder, place);
    const env = {
      ...{ RUNWRIGHT_TEST_OUTPUT: output, RUNWRIGHT_TEST_NODE: process.execPath, RUNWRIGHT_TEST_ROOT: ROOT },
      ...{ RUNWRIGHT_BENCH_TIMES: values.times, RUNWRIGHT_BENCH_PLACE: place },
    };
    const code = await runInBrowser(editor, { extension: join(ROOT, "extension"), tests, env });
    if (code !== 0) throw new Error("the sessions didn't go through");
    const [first, ...times] = JSON.parse(readFileSync(output, "utf8"));
    const seconds = (ms) => `${(ms / 1_000).toFixed(2)} s`;
    const of = (key) => times.map((one) => one[key]).sort((a, b) => a - b);
    const [totals, checks] = [of("total"), of("checked")];
    console.log(
      `F5 to the first stop, checked by the ${place === "engine" ? "engine" : "workspace's own runwright"}: median of ${times.length} ${seconds(median(totals))} ` +
        `(${seconds(totals[0])} to ${seconds(totals.at(-1))}), of it ${seconds(median(checks))} to check, bundle and save the draft; the first one ${seconds(first.total)}`,
    );
  }
  console.log(`load ${loadavg()[0].toFixed(1)} on ${cpus().length} processors`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function median(sorted) {
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
