import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

/** A registry of npm with one package, `little`, which holds one file, `file.txt`. */
export async function npmRegistry(folder: string) {
  const source = join(folder, "package");
  await mkdir(source, { recursive: true });
  await writeFile(join(source, "package.json"), JSON.stringify({ name: "little", version: "1.0.0" }));
  await writeFile(join(source, "file.txt"), "contents");
  const archive = join(folder, "little.tgz");
  await promisify(execFile)("tar", ["-czf", archive, "-C", folder, "package"]);
  const bytes = await readFile(archive);
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const tarball = `http://${request.headers.host}/little/-/little-1.0.0.tgz`;
    if (request.url === "/little/-/little-1.0.0.tgz") response.end(bytes);
    else if (request.url === "/little") {
      const versions = { "1.0.0": { name: "little", version: "1.0.0", dist: { tarball, integrity } } };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ name: "little", "dist-tags": { latest: "1.0.0" }, versions }));
    } else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`,
    integrity,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
