// `npm run bench:extension [-- --times N] [--oldest]`: how long the packaged extension takes to activate in VS Code, each time in a new extension host.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { unzipSync } from "fflate";
import { packageExtension } from "../vsix/package-extension.mjs";
import { setUpEditor } from "./setup.mjs";
import { runInBrowser } from "./suite-in-browser.mjs";

const GOAL_MS = 50;
const TESTS = fileURLToPath(new URL("time-activation.cjs", import.meta.url));
const TIMED = fileURLToPath(new URL("timed-extension.cjs", import.meta.url));

const { values } = parseArgs({ options: { times: { type: "string", default: "20" }, oldest: { type: "boolean", default: false } } });
const editor = await setUpEditor(values.oldest ? "oldest" : "newest");
const folder = mkdtempSync(join(tmpdir(), "rwv-measure-"));
try {
  const vsix = join(folder, "runwright.vsix");
  const { size } = await packageExtension(vsix);
  const extension = join(folder, "extension");
  const id = unpack(readFileSync(vsix), folder);
  const output = join(folder, "time");
  const times = [];
  for (let round = 1; round <= Number(values.times); round++) {
    const code = await runInBrowser(editor, { extension, tests: TESTS, env: { RUNWRIGHT_TEST_OUTPUT: output, RUNWRIGHT_TEST_EXTENSION: id } });
    if (code !== 0) throw new Error("the extension wasn't activated");
    times.push(JSON.parse(readFileSync(output, "utf8")));
  }
  const medianOf = (key) => median(times.map((one) => one[key]));
  const [activation, floor] = [medianOf("total"), medianOf("floor")];
  console.log(`activations in VS Code ${editor.version}: ${times.map(({ total }) => total.toFixed(1)).join(", ")} ms`);
  console.log(
    `median of ${times.length}: ${activation.toFixed(1)} ms (goal < ${GOAL_MS} ms), of it ${medianOf("load").toFixed(1)} ms to load the code; ` +
      `${medianOf("resolved").toFixed(1)} ms from the call until activate has resolved; the package has ${(size / 1e3).toFixed(1)} kB`,
  );
  console.log(`an extension that does nothing, in the same hosts: ${floor.toFixed(1)} ms; ours takes ${(activation / floor).toFixed(0)} times that`);
  const work = medianOf("work");
  if (!Number.isNaN(work))
    console.log(`the thread has worked for ${work.toFixed(1)} ms; the rest is waiting for a processor: load ${loadavg()[0].toFixed(1)} on ${cpus().length}`);
  process.exitCode = activation < GOAL_MS ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** With a main file that takes the time, in the place of its own. Returns the extension's id. */
function unpack(vsix, into) {
  for (const [name, bytes] of Object.entries(unzipSync(vsix))) {
    mkdirSync(dirname(join(into, name)), { recursive: true });
    writeFileSync(join(into, name), bytes);
  }
  const file = join(into, "extension", "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...manifest, main: "./dist/timed-extension.cjs" }));
  writeFileSync(join(into, "extension", "dist", "empty-extension.cjs"), 'require("vscode");\nexports.activate = () => {};\n');
  copyFileSync(TIMED, join(into, "extension", "dist", "timed-extension.cjs"));
  return `${manifest.publisher}.${manifest.name}`;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
