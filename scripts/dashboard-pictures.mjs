// `npm run screenshots:dashboard [-- FOLDER | --golden]`: the two sheets that docs/dashboard.md shows, taken anew; with a folder each page in each width as a picture of its
// own there, to be looked at; with --golden the small pictures that the tests compare with.
import { join, resolve } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

const [folder] = process.argv.slice(2);

await runMain(async () => {
  const { node } = await setup();
  const built = await runUnder(node, [join(ROOT, "scripts", "build-dashboard.mjs")], { cwd: ROOT });
  if (built !== 0) return built;
  const words = folder === undefined ? ["sheets", join(ROOT, "docs", "images")] : folder === "--golden" ? ["golden"] : ["each", resolve(folder)];
  return await runUnder(node, [join(ROOT, "test", "dashboard", "pictures.ts"), ...words], { cwd: ROOT });
});
