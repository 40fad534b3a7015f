// The part of `npm run package` that needs the pinned Node. `main.mjs [OUTPUT]`
import { join, relative, resolve } from "node:path";
import { ROOT } from "../setup.mjs";
import { packageExtension } from "./package-extension.mjs";

const output = resolve(process.argv[2] ?? join(ROOT, "dist", "runwright.vsix"));
const { files, size, licences } = await packageExtension(output);
const kilobytes = (bytes) => `${(bytes / 1e3).toFixed(1)} kB`.padStart(10);
for (const { name, bytes } of files) console.log(`${kilobytes(bytes)}  ${name}`);
for (const { name, version, licence } of licences) console.log(`            bundled: ${name} ${version}, ${licence}`);
console.log(`${kilobytes(size)}  ${relative(ROOT, output)}`);
