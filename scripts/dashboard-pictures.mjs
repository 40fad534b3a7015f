// `npm run screenshots:dashboard [-- FOLDER]`: the two sheets that docs/dashboard.md shows, taken anew; with a folder each page in each width as a picture of its own there, to be looked at.
import { join, resolve } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

const [folder] = process.argv.slice(2);

await runMain(async () => {
  const { node } = await setup();
  const built = await runUnder(node, [join(ROOT, "scripts", "build-dashboard.mjs")], { cwd: ROOT });
  if (built !== 0) return built;
  const words = folder === undefined ? [join(ROOT, "docs", "images"), "sheets"] : [resolve(folder)];
  return await runUnder(node, [join(ROOT, "test", "dashboard", "pictures.ts"), ...words], { cwd: ROOT });
});
