import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { NODE_PACKAGES } from "../../scripts/find-node.mjs";

interface LockedPackage {
  version?: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));
const packages: Record<string, LockedPackage> = read("package-lock.json").packages;

/** Where a package that lies at `from` finds another one: in its own node_modules, or in one above. */
function findFrom(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (folder === "") return undefined;
  }
}

describe("the lock file", () => {
  it("has every package that another one names, for every platform: else npm ci refuses it", () => {
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => findFrom(path, name) === undefined)
        .map((name) => `${path} → ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it("fits the manifests, and these pin exact versions", () => {
    for (const [path, manifest] of [
      ["", read("package.json")],
      ["engine", read("engine/package.json")],
      ["extension", read("extension/package.json")],
    ] as const) {
      for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
        for (const [name, version] of Object.entries<string>(manifest[group] ?? {})) {
          assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${path || "."}: ${name} ${version}`);
          assert.equal(packages[findFrom(path, name) ?? ""]?.version, version, `${path || "."}: ${name}`);
        }
      }
    }
  });

  it("brings the same Node for every supported platform", () => {
    const versions = Object.values(NODE_PACKAGES).map((name) => packages[`node_modules/${name}`]?.version);
    assert.equal(new Set(versions).size, 1);
    assert.match(versions[0] ?? "", /^26\./);
  });

  it("names no server, so that everybody installs from the registry of their own configuration", () => {
    assert.deepEqual(
      Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && !link),
      [],
    );
  });
});
