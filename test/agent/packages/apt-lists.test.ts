import assert from "node:assert/strict";
import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LabHost, useAptLab } from "../../support/lab.ts";
import { aptOn, changing } from "./apt-rig.ts";

describe("the age of apt's lists, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();
  const DAYS_40 = 40 * 86_400_000;
  const lists = (host: LabHost) => join(host.directory, "var/lib/apt/lists");
  const files = async (host: LabHost) =>
    (await readdir(lists(host))).filter((name) => /_(?:In)?Release$|_Packages$/.test(name)).map((name) => join(lists(host), name));
  const age = async (host: LabHost, ms: number) => {
    const then = new Date(Date.now() - ms);
    for (const file of await files(host)) await utimes(file, then, then);
    return then.getTime();
  };

  it("isn't made younger by an update that is refused", async () => {
    const host = await lab.host();
    const then = await age(host, DAYS_40);
    const source = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    await writeFile(source, (await readFile(source, "utf8")).replaceAll(/URIs: \S+/g, "URIs: file:/nowhere/at/all"));
    await assert.rejects(aptOn(host).change.refresh(changing(host)));
    const { listsUpdatedAt, problems } = await aptOn(host).inventory();
    assert.ok(listsUpdatedAt === null || listsUpdatedAt <= then + 1_000, `${listsUpdatedAt}`);
    assert.ok(listsUpdatedAt !== null || problems.length > 0, "nothing is said");
  });

  it("is that of the newest list, though folders were touched since", async () => {
    const host = await lab.host();
    const then = await age(host, DAYS_40);
    await writeFile(join(lists(host), "partial/half"), "");
    const { listsUpdatedAt, problems } = await aptOn(host).inventory();
    assert.deepEqual([Math.round((listsUpdatedAt ?? 0) / 1_000), problems], [Math.round(then / 1_000), []]);
  });

  it("is told with sources of which no list is there", async () => {
    const host = await lab.host();
    for (const file of await files(host)) if (file.includes("security")) await rm(file);
    const { problems } = await aptOn(host).inventory();
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^1 package list of configured sources was never fetched \(file:\S+debian-security bookworm-security\/main\)$/);
  });

  it("is told with lists that say themselves that they are void by now", async () => {
    const host = await lab.host();
    const expired = (await files(host)).find((file) => file.endsWith("bookworm-updates_InRelease")) ?? "";
    const text = await readFile(expired, "utf8");
    await writeFile(expired, text.replace(/^Origin: /m, "Valid-Until: Sat, 01 Feb 2025 00:00:00 UTC\nOrigin: "));
    const { problems } = await aptOn(host).inventory();
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /bookworm-updates expired at 2025-02-01T00:00:00\.000Z: what has come out since is unknown; run apt-get update$/);
    await writeFile(expired, text.replace(/^Origin: /m, "Valid-Until: Sat, 01 Feb 2125 00:00:00 UTC\nOrigin: "));
    assert.deepEqual((await aptOn(host).inventory()).problems, []);
  });

  it("knows that no file is kept of an empty list, and of a component that the repository lacks", async () => {
    const host = await lab.host();
    const source = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    await writeFile(source, (await readFile(source, "utf8")).replaceAll("Components: main", "Components: main contrib non-free-firmware"));
    await aptOn(host).change.refresh(changing(host));
    const release = (await files(host)).find((file) => file.endsWith("bookworm-updates_InRelease")) ?? "";
    const architecture = (await host.run("dpkg", "--print-architecture")).output.trim();
    const empty = ` ${"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"} 0 contrib/binary-${architecture}/Packages`;
    await writeFile(release, (await readFile(release, "utf8")).replace(/^SHA256:$/m, `SHA256:\n${empty}`));
    assert.deepEqual((await aptOn(host).inventory()).problems, []);
    await writeFile(release, (await readFile(release, "utf8")).replace(empty, empty.replace(" 0 ", " 17 ")));
    const { problems } = await aptOn(host).inventory();
    assert.match(problems.join(), /1 package list of configured sources was never fetched \(file:\S+debian bookworm-updates\/contrib\)/);
  });

  it("goes by the security lists, whatever else has answered since", async () => {
    const host = await lab.host();
    const then = new Date(Date.now() - DAYS_40);
    for (const file of await files(host)) if (file.includes("security")) await utimes(file, then, then);
    const { listsUpdatedAt } = await aptOn(host).inventory();
    assert.equal(Math.round((listsUpdatedAt ?? 0) / 1_000), Math.round(then.getTime() / 1_000));
  });

  it("leaves a list out that a server has dated ahead", async () => {
    const host = await lab.host();
    const ahead = new Date(Date.now() + DAYS_40);
    const [first = ""] = (await files(host)).filter((file) => /bookworm_main.*_Packages$/.test(file));
    await utimes(first, ahead, ahead);
    const { listsUpdatedAt } = await aptOn(host).inventory();
    assert.ok(listsUpdatedAt !== null && listsUpdatedAt <= Date.now() + 1_000);
  });
});
