import { spawn } from "node:child_process";
import { chmodSync, createReadStream, createWriteStream, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { unpackPackage } from "./npm-package.mjs";
import { FONT } from "./versions.mjs";

/** Archives of the package: libraries that a system without desktop lacks, fonts (without any it crashes), and drawing without a graphics card. */
const ARCHIVES = ["al2023", "fonts", "swiftshader"];

/**
 * A Chromium from npm with all it needs, in a folder.
 * @param {import("./versions.mjs").Package} chromium
 * @param {string} folder made anew
 * @param {string} finalFolder where it will lie when it is used; its font configuration names that place
 */
export async function installChromium(chromium, folder, finalFolder) {
  const packed = join(folder, "packed");
  mkdirSync(packed, { recursive: true });
  await unpackPackage(chromium, packed);
  const program = join(folder, "chromium");
  await pipeline(createReadStream(join(packed, "bin", "chromium.br")), createBrotliDecompress(), createWriteStream(program));
  chmodSync(program, 0o755);
  for (const name of ARCHIVES) await unpackArchive(join(packed, "bin", `${name}.tar.br`), folder);
  rmSync(packed, { recursive: true });
  await installFont(folder);
  writeFileSync(join(folder, "fonts.conf"), fontConfiguration(finalFolder));
}

async function installFont(folder) {
  const packed = join(folder, "packed");
  mkdirSync(packed);
  await unpackPackage(FONT, packed);
  for (const name of readdirSync(join(packed, "ttf")))
    if (name.startsWith("DejaVuSansMono")) renameSync(join(packed, "ttf", name), join(folder, "fonts", name));
  rmSync(packed, { recursive: true });
}

/** @param {string} folder where installChromium() has put it */
export const installedChromium = (folder) => ({
  executablePath: join(folder, "chromium"),
  env: { LD_LIBRARY_PATH: join(folder, "al2023", "lib"), FONTCONFIG_FILE: join(folder, "fonts.conf") },
});

/** By way of a file: tar stops reading at an archive's end mark, and whoever still writes then to it sees a pipe that broke. */
async function unpackArchive(archive, folder) {
  const plain = `${archive}.plain`;
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(plain));
  const tar = spawn("tar", ["-xf", plain, "-C", folder], { stdio: ["ignore", "ignore", "inherit"] });
  await new Promise((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`tar couldn't unpack ${archive}: it ended with ${code}`))));
  });
}

const fontConfiguration = (folder) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
