// `npm run demo [-- options]`: throw-away hosts with outdated packages are patched for real, in waves, in a maintenance window. Ends by itself.
import { join } from "node:path";
import { installDebianPackages } from "./debian-packages.mjs";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  installDebianPackages({ programs: { gpg: "gpg", perl: "perl", unshare: "util-linux" }, purpose: "the demo" });
  return await runUnder(node, [join(ROOT, "test", "demo", "main.ts"), ...process.argv.slice(2)], { cwd: ROOT });
});
