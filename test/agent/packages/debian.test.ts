import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { DpkgPackage } from "../../../engine/agent/packages/apt-text.ts";
import { newerKernel } from "../../../engine/agent/packages/debian-reboot.ts";
import { compareDebianVersions } from "../../../engine/core/versions/debian.ts";
import { skip } from "../../support/skip.ts";

const VERSIONS = [
  ..."1.0 1.0-1 1.0-1+b1 1.0-1+deb12u1 1.0-1~deb12u1 1.0-10 1.0-2 1.0.1 1.0a 1.0~rc1 1.0~~ 1.0+dfsg-1 1:0.1 0:1.0 2.36-9+deb12u4 2.36-9+deb12u10 1.2.3-4.5 1.2.3-4.05".split(
    " ",
  ),
  ..."12345678901234567890 12345678901234567891 0 00 1.A 1.a 1.+ 1.~ 6.1.0-21 6.1.0-9 5.2.15-2+b8 5.2.15-2+b13 1.0-0 1.0~".split(" "),
];

describe("versions of Debian packages", () => {
  it("are compared as dpkg compares them, every one with every other", function () {
    this.timeout(60_000);
    if (spawnSync("dpkg", ["--version"]).error) {
      skip(this, "dpkg isn't here to compare with");
    }
    const isTrue = (a: string, operator: string, b: string) => spawnSync("dpkg", ["--compare-versions", a, operator, b]).status === 0;
    let compared = 0;
    for (const [index, a] of VERSIONS.entries()) {
      for (const b of VERSIONS.slice(index)) {
        const expected = isTrue(a, "lt", b) ? -1 : isTrue(a, "eq", b) ? 0 : 1;
        assert.equal(Math.sign(compareDebianVersions(a, b)), expected, `${a} and ${b}`);
        assert.equal(Math.sign(compareDebianVersions(b, a)) + expected, 0, `${b} and ${a}`);
        compared++;
      }
    }
    assert.equal(compared, (VERSIONS.length * (VERSIONS.length + 1)) / 2);
  });

  it("are compared when they are no versions at all", () => {
    for (const text of ["", "::", "-", "☃", "1:2:3", "\u001b[31m"]) assert.equal(compareDebianVersions(text, text), 0);
  });
});

describe("the running kernel", () => {
  const image = (name: string, version: string, broken = false): DpkgPackage => ({
    name,
    architecture: "amd64",
    version,
    held: false,
    broken,
    reinstall: false,
  });
  const running = { release: "6.1.0-18-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)" };
  const installed = [image("linux-image-amd64", "6.1.90-1"), image("linux-image-6.1.0-18-amd64", "6.1.76-1")];

  it("is the newest one", () => assert.equal(newerKernel(running, installed), undefined));
  it("is older than an installed one of its flavour", () => {
    assert.match(
      newerKernel(running, [...installed, image("linux-image-6.1.0-21-amd64", "6.1.90-1")]) ?? "",
      /6\.1\.0-18-amd64 runs, 6\.1\.0-21-amd64 is installed/,
    );
  });
  it("isn't compared with another flavour, nor with one that isn't wholly installed", () => {
    assert.equal(
      newerKernel(running, [...installed, image("linux-image-6.1.0-21-cloud-amd64", "6.1.90-1"), image("linux-image-6.1.0-22-amd64", "6.1.94-1", true)]),
      undefined,
    );
  });
  it("was replaced by a newer build of the same name", () => {
    assert.match(newerKernel(running, [image("linux-image-6.1.0-18-amd64", "6.1.82-1")]) ?? "", /6\.1\.76-1 runs, 6\.1\.82-1 is installed/);
  });
  it("isn't one of the installed, as in a container", () => {
    assert.equal(newerKernel({ release: "5.15.0-custom", version: "#1" }, installed), undefined);
  });
});
