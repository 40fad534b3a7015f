import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { filesToShip, missingFiles } from "../../scripts/vsix/files.mjs";
import { contentTypes, extensionManifest } from "../../scripts/vsix/manifest.mjs";
import { bundledPackages, notices } from "../../scripts/vsix/notices.mjs";
import { packageExtension } from "../../scripts/vsix/package-extension.mjs";
import { packagedPage } from "../../scripts/vsix/page.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("the packaged extension", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  const put = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory.path, name)), { recursive: true });
      writeFileSync(join(directory.path, name), text);
    }
  };

  it("is smaller than 1 MB, has what its manifest names, no source maps and no node_modules, and is the same twice", async () => {
    const [first, second] = [join(directory.path, "first.vsix"), join(directory.path, "second.vsix")];
    const { size, files } = await packageExtension(first);
    await packageExtension(second);
    assert.ok(size < 1e6, `${size} bytes`);
    // Most of an activation is reading code: schemas, YAML, cron and sockets are read with their first use.
    const read = files.find(({ name }) => name === "extension/dist/extension.cjs")?.bytes ?? Number.NaN;
    assert.ok(read < 200e3, `${read} bytes are read to activate it`);
    assert.deepEqual(readFileSync(first), readFileSync(second));

    const entries = unzipSync(readFileSync(first));
    assert.deepEqual(
      Object.keys(entries),
      files.map(({ name }) => name),
    );
    const manifest = JSON.parse(new TextDecoder().decode(entries["extension/package.json"]));
    assert.deepEqual(
      Object.keys(entries).filter((name) => /node_modules|\.map$|\.ts$/.test(name)),
      ["extension/dist/runwright.d.ts"], // which folders get in which nothing is installed
    );
    // Each file is for somebody: VS Code, or the code itself.
    const code = Object.keys(entries).filter((name) => name.endsWith(".cjs"));
    const named = ["extension/package.json", ...code].map((name) => new TextDecoder().decode(entries[name])).join("\n");
    const own = Object.keys(entries).filter((name) => /^extension\/(dist|media|snippets|syntaxes)\//.test(name));
    assert.deepEqual(
      own.filter((name) => !named.includes(name.split("/").at(-1) ?? name)),
      [],
    );
    // An editor shows nothing else on an extension's page: https://code.visualstudio.com/api/working-with-extensions/publishing-extension#using-vsce
    const page = new TextDecoder().decode(entries["extension/README.md"]);
    const addresses = [...page.matchAll(/\]\(([^)]*)\)/g)].map(([, address = ""]) => address);
    assert.deepEqual(
      addresses.filter((address) => !address.startsWith("https:")),
      [],
    );
    assert.equal(manifest.main, "./dist/extension.cjs");
    assert.ok(entries["extension/dist/extension.cjs"] && entries["extension/LICENSE.txt"]);
    for (const forBuilding of ["devDependencies", "dependencies", "scripts", "private", "files"]) assert.equal(manifest[forBuilding], undefined, forBuilding);
  });

  it("holds what `files` names, and its page's texts, but nothing hidden and nothing for building", async () => {
    put({
      "package.json": "{}",
      "README.md": "",
      "dist/extension.cjs": "",
      "dist/extension.cjs.map": "",
      "media/icon.svg": "",
      "media/.hidden": "",
      "media/node_modules/x/index.js": "",
      "extension.ts": "",
    });
    assert.deepEqual(await filesToShip(directory.path, ["dist", "media/"]), ["README.md", "dist/extension.cjs", "media/icon.svg", "package.json"]);
  });

  it("has a page without pictures that an editor can't show there, and all of its words", () => {
    const page = packagedPage("# A\n\nOne.\n\n![x](../docs/images/x.png)\n\nTwo ![in a line](https://example.com/y.png).\n\n![z](https://example.com/z.png)\n");
    assert.equal(page, "# A\n\nOne.\n\nTwo ![in a line](https://example.com/y.png).\n\n![z](https://example.com/z.png)\n");
  });

  it("isn't made when its manifest names a file that isn't there", () => {
    const manifest = {
      main: "./dist/extension.cjs",
      icon: "media/gone.png",
      contributes: {
        commands: [
          { command: "x", icon: "$(play)" },
          { command: "y", icon: { light: "media/a.svg", dark: "media/gone.svg" } },
        ],
      },
      bugs: { url: "https://example.com" },
    };
    assert.deepEqual(missingFiles(manifest, new Set(["dist/extension.cjs", "media/a.svg"])), ["media/gone.png", "media/gone.svg"]);
  });

  it("describes itself with what VS Code reads, and escapes what XML would read", () => {
    const manifest = {
      name: "x",
      version: "1.2.3",
      publisher: "p",
      displayName: 'A & "B"',
      description: "<c>",
      engines: { vscode: "^1.104.0" },
      icon: "media/i.png",
    };
    const text = extensionManifest(manifest, ["package.json", "README.md"]);
    assert.match(text, /<Identity Language="en-US" Id="x" Version="1\.2\.3" Publisher="p"\/>/);
    assert.match(text, /<DisplayName>A &amp; &quot;B&quot;<\/DisplayName>/);
    assert.match(text, /<Description xml:space="preserve">&lt;c&gt;<\/Description>/);
    assert.match(text, /Id="Microsoft\.VisualStudio\.Code\.Engine" Value="\^1\.104\.0"/);
    assert.match(text, /Path="extension\/README\.md"/);
    assert.doesNotMatch(text, /CHANGELOG/);
    assert.match(contentTypes(["a.svg", "b"]), /Extension="\.svg" ContentType="image\/svg\+xml"/);
  });

  it("passes on the licence of each package whose code is in it, and is refused when there is one that we don't know", () => {
    const inputs = ["../node_modules/@scope/nested/node_modules/deep/index.js", "../node_modules/@scope/nested/lib/a.js", "model/own.ts"];
    put({
      "node_modules/@scope/nested/package.json": JSON.stringify({ name: "@scope/nested", version: "1.0.0", license: "MIT" }),
      "node_modules/@scope/nested/LICENSE": "words of MIT",
      "node_modules/@scope/nested/node_modules/deep/package.json": JSON.stringify({ name: "deep", version: "2.0.0", license: "ISC" }),
      "node_modules/@scope/nested/node_modules/deep/license.md": "words of ISC",
    });
    const packages = bundledPackages(inputs, join(directory.path, "extension"));
    assert.deepEqual(
      packages.map(({ name, licence }) => [name, licence]),
      [
        ["@scope/nested", "MIT"],
        ["deep", "ISC"],
      ],
    );
    assert.match(notices(packages), /---- deep 2\.0\.0 \(ISC\)\n\nwords of ISC/);

    put({ "node_modules/@scope/nested/package.json": JSON.stringify({ name: "@scope/nested", version: "1.0.0", license: "SSPL-1.0" }) });
    assert.throws(() => bundledPackages(inputs, join(directory.path, "extension")), /its licence is SSPL-1\.0/);
  });
});
