// `npm run bench:dashboard [-- --short]`: what the dashboard's page costs in a real browser.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  const built = await runUnder(node, [join(ROOT, "scripts", "build-dashboard.mjs")], { cwd: ROOT });
  if (built !== 0) return built;
  return await runUnder(node, [join(ROOT, "test", "bench", "dashboard.ts"), ...process.argv.slice(2)], { cwd: ROOT });
});
