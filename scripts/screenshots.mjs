// `npm run screenshots`: the pictures of VS Code that the docs show, taken anew by the walks through the extension. All are in dist/screenshots, those that some page
// of the docs names also in docs/images, and no others.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

const IMAGES = join(ROOT, "docs", "images");
const WALKS = ["first-runbook", "views", "debugging"].map((name) => `test/extension/ui/${name}.test.ts`);

await runMain(async () => {
  const { node } = await setup();
  const code = await runUnder(node, [join(ROOT, "node_modules", "mocha", "bin", "mocha.js"), ...WALKS], { cwd: ROOT });
  if (code !== 0) return code;
  mkdirSync(IMAGES, { recursive: true });
  // The sheets of the dashboard are another script's.
  for (const name of readdirSync(IMAGES)) if (name.endsWith(".png")) rmSync(join(IMAGES, name));
  for (const name of picturesOf(pages())) copyFileSync(join(ROOT, "dist", "screenshots", name), join(IMAGES, name));
  return 0;
});

function pages() {
  const texts = [
    "README.md",
    join("extension", "README.md"),
    ...readdirSync(join(ROOT, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  ];
  return texts.map((name) => readFileSync(join(ROOT, name), "utf8"));
}

const picturesOf = (texts) => new Set(texts.flatMap((text) => [...text.matchAll(/images\/([\w-]+\.png)/g)].map(([, name]) => name)));
