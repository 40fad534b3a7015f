import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { FEEDS, needsPlatform, sourceOf } from "../../engine/core/feeds/catalogue.ts";
import { FEED_FORMATS, type FeedEntry, type FeedFormat, severityOfWord } from "../../engine/core/feeds/feed.ts";
import { createJsonCutter } from "../../engine/core/json-cutter.ts";
import { epssOf, kevOf, osvOf, trackerOf, usnOf } from "../updates/feeds.ts";

/** What a whole file says; `unusable` counts what isn't an entry at all. */
function read(format: FeedFormat, text: string, platform: string | null = null) {
  const feed = FEEDS[format];
  const entries = [];
  if (feed.cut === "lines") entries.push(...text.split("\n").map((line) => ({ key: null, text: line })));
  else if (feed.cut === "elements")
    entries.push(...text.split(/(?<=<\/update>)/).flatMap((part) => (part.includes("<update ") ? [{ key: null, text: part }] : [])));
  else {
    const cutter = createJsonCutter({ cut: feed.cut as "members" | "values", maxChars: 1e6, maxDepth: 64 });
    entries.push(...cutter.push(text), ...cutter.end());
  }
  const found = entries.map((entry) => feed.read(entry, platform));
  const usable = found.filter((one): one is FeedEntry => one !== undefined);
  return {
    fixes: usable.flatMap((one) => [...one.fixes]),
    vulnerabilities: usable.flatMap((one) => [...one.vulnerabilities]),
    skipped: usable.reduce((sum, one) => sum + one.skipped, 0),
    unusable: found.length - usable.length,
  };
}
const short = (fixes: ReturnType<typeof read>["fixes"]) =>
  fixes.map((fix) => [fix.platform, fix.package, fix.fixedVersion, fix.cves.join(" "), fix.advisory, fix.severity]);
const OPENSSL = { source: "openssl", version: "3.0.11-1~deb12u2", cves: ["CVE-2099-0001", "CVE-2099-0002"] };

describe("Debian's security tracker", () => {
  it("gives one fix for each fixed version, with all that it mends", () => {
    const { fixes, skipped } = read("debian-tracker", trackerOf([OPENSSL, { source: "bash", version: "5.2.15-3", cves: ["CVE-2099-0003"] }]));
    assert.deepEqual(short(fixes), [
      ["debian:12", "openssl", "3.0.11-1~deb12u2", "CVE-2099-0001 CVE-2099-0002", "", "unspecified"],
      ["debian:12", "bash", "5.2.15-3", "CVE-2099-0003", "", "unspecified"],
    ]);
    assert.equal(skipped, 0);
  });

  it("says nothing where it knows nothing, was never affected, or has no number", () => {
    const release = (more: object) => ({ releases: { bookworm: { urgency: "low", ...more } } });
    const issues = {
      "CVE-2099-0001": release({ status: "undetermined" }),
      "CVE-2099-0002": release({ status: "open" }),
      "CVE-2099-0003": release({ status: "resolved", fixed_version: "0" }),
      "CVE-2099-0004": release({ status: "resolved" }),
      "TEMP-0290435-0B57B5": release({ status: "resolved", fixed_version: "1.0" }),
      "CVE-2099-0005": release({ status: "resolved", fixed_version: "1.0", urgency: "medium**" }),
      "CVE-2099-0006": { releases: { sid: { status: "resolved", fixed_version: "2.0" }, __proto__: null } },
      "CVE-2099-0007": "nonsense",
    };
    const { fixes, skipped } = read("debian-tracker", trackerOf([], { tool: issues }));
    assert.deepEqual(short(fixes), [["debian:12", "tool", "1.0", "CVE-2099-0005", "", "moderate"]]);
    assert.equal(skipped, 1);
  });

  it("passes over what isn't a package, and words that can't be kept", () => {
    const issue = { "CVE-2099-0001": { releases: { bookworm: { status: "resolved", fixed_version: "1\u001b[2J" } } } };
    const { fixes, skipped, unusable } = read("debian-tracker", JSON.stringify({ odd: 5, "": issue, tool: issue }));
    assert.deepEqual([fixes, skipped, unusable], [[], 2, 1]);
  });
});

describe("OSV", () => {
  it("gives fixes with their advisory, from one record or many", () => {
    const expected = ["debian:12", "openssl", "3.0.11-1~deb12u2", "CVE-2099-0001 CVE-2099-0002", "DSA-9001-1", "unspecified"];
    assert.deepEqual(short(read("osv", osvOf(OPENSSL)).fixes), [expected]);
    const second = osvOf(OPENSSL, { id: "DSA-9002-1" });
    assert.deepEqual(
      short(read("osv", `${osvOf(OPENSSL)}${second}`).fixes).map((fix) => fix[4]),
      ["DSA-9001-1", "DSA-9002-1"],
    );
    assert.deepEqual(
      short(read("osv", `[${osvOf(OPENSSL)},${second}]`).fixes).map((fix) => fix[4]),
      ["DSA-9001-1", "DSA-9002-1"],
    );
  });

  it("tells what a record of one vulnerability says of it: the distribution's own word before a score", () => {
    const one = { ...OPENSSL, cves: [] };
    const vector = { type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" };
    const debian = read("osv", osvOf(one, { id: "DEBIAN-CVE-2099-0001", severity: [vector] }));
    assert.deepEqual(debian.vulnerabilities, [{ cve: "CVE-2099-0001", severity: "critical", exploitedSince: null, epss: null }]);
    assert.deepEqual([debian.fixes[0]?.cves, debian.fixes[0]?.advisory], [["CVE-2099-0001"], ""]);
    const ubuntu = read("ubuntu-osv", osvOf(one, { id: "UBUNTU-CVE-2099-0001", severity: [vector, { type: "Ubuntu", score: "medium" }] }));
    assert.equal(ubuntu.vulnerabilities[0]?.severity, "moderate");
    assert.deepEqual(read("osv", osvOf(OPENSSL, { severity: [vector] })).vulnerabilities, []);
  });

  it("knows where a flaw came in, and ranges without an end", () => {
    const range = (...events: object[]) => [{ package: { ecosystem: "Debian:12", name: "tool" }, ranges: [{ type: "ECOSYSTEM", events }] }];
    const { fixes } = read(
      "osv",
      osvOf(OPENSSL, { affected: range({ introduced: "0" }, { fixed: "1.1" }, { introduced: "2.0" }, { fixed: "2.1" }, { introduced: "3.0" }) }),
    );
    assert.deepEqual(
      fixes.map(({ affectedFrom, fixedVersion }) => [affectedFrom, fixedVersion]),
      [
        ["", "1.1"],
        ["2.0", "2.1"],
      ],
    );
    assert.deepEqual(read("osv", osvOf(OPENSSL, { affected: range({ introduced: "0" }, { fixed: "0" }) })).fixes, []);
  });

  it("passes over other ecosystems, commits, withdrawn records, and what is no record", () => {
    const affected = (ecosystem: string, type = "ECOSYSTEM") => [
      { package: { ecosystem, name: "x" }, ranges: [{ type, events: [{ introduced: "0" }, { fixed: "1" }] }] },
    ];
    for (const more of [
      { affected: affected("PyPI") },
      { affected: affected("Debian:12", "GIT") },
      { withdrawn: "2025-01-01T00:00:00Z" },
      { affected: "all" },
      { upstream: [] },
    ])
      assert.deepEqual(read("osv", osvOf(OPENSSL, more)).fixes, [], JSON.stringify(more));
    assert.equal(read("osv", '{"name":"no record"} 5 "text" null').unusable, 4);
  });
});

describe("Ubuntu's notices", () => {
  it("give fixes by source package, and leave bugs of Launchpad out", () => {
    const { fixes } = read("ubuntu-usn", usnOf([{ ...OPENSSL, version: "3.0.2-0ubuntu1.10" }]));
    assert.deepEqual(short(fixes), [["ubuntu:22.04", "openssl", "3.0.2-0ubuntu1.10", "CVE-2099-0001 CVE-2099-0002", "USN-9001-1", "unspecified"]]);
    assert.deepEqual(read("ubuntu-usn", usnOf([OPENSSL], "unheard-of")).fixes, []);
    assert.equal(read("ubuntu-usn", '{"1-1": [], "2-1": {"releases": 5}}').unusable, 2);
  });
});

describe("updateinfo", () => {
  it("gives fixes by binary package, from the file that createrepo made", async () => {
    const text = await readFile(new URL("../lab/fixtures/captured/updateinfo.xml", import.meta.url), "utf8");
    const { fixes, unusable } = read("updateinfo", text, "rhel:9");
    assert.deepEqual(short(fixes).slice(0, 2), [
      ["rhel:9", "lab-ssl", "1.0-2", "CVE-2099-0001 CVE-2099-0002", "LABSA-2099:0001", "important"],
      ["rhel:9", "lab-libssl", "1.0-2", "CVE-2099-0001 CVE-2099-0002", "LABSA-2099:0001", "important"],
    ]);
    assert.equal(unusable, 0);
  });

  it("reads epochs, either kind of quotes and entities, each version once, and passes over what mends nothing", () => {
    const update = (more: string) => `<update type='security'>\n<id>RHSA-2099:1</id><severity>Critical</severity>${more}</update>`;
    const reference = `<references><reference href="x" type="cve" title='CVE-2099-0001 &amp; more'/></references>`;
    const packages = (...lines: string[]) => `<pkglist><collection>${lines.join("")}</collection></pkglist>`;
    const { fixes } = read(
      "updateinfo",
      update(
        reference +
          packages(
            `<package name="a&amp;b" epoch='2' version="1" release="3.el9" arch="x86_64"/>`,
            `<package name="a&amp;b" epoch="2" version="1" release="3.el9" arch="i686"></package>`,
          ),
      ),
      "rhel:9",
    );
    assert.deepEqual(short(fixes), [["rhel:9", "a&b", "2:1-3.el9", "CVE-2099-0001", "RHSA-2099:1", "critical"]]);
    assert.deepEqual(read("updateinfo", update(packages(`<package name="a" version="1" release="2"/>`)), "rhel:9").fixes, []);
    assert.equal(read("updateinfo", update(`${reference}${packages("<package/>")}`), "rhel:9").fixes.length, 0);
    assert.equal(read("updateinfo", `<update type="security">${reference}</update>`, "rhel:9").unusable, 1);
  });
});

describe("what is known of vulnerabilities themselves", () => {
  it("is since when they are exploited", () => {
    const { vulnerabilities, skipped } = read("kev", kevOf(["CVE-2099-0001", "2099-03-01"], ["CVE-2099-0002", "some day"], ["nonsense", "2099-03-01"]));
    assert.deepEqual(vulnerabilities, [{ cve: "CVE-2099-0001", severity: "unspecified", exploitedSince: Date.UTC(2099, 2, 1), epss: null }]);
    assert.equal(skipped, 2);
    assert.equal(read("kev", '{"title": "something else"}').unusable, 1);
  });

  it("is how probable that is", () => {
    const { vulnerabilities, unusable } = read("epss", epssOf(["CVE-2099-0001", "0.00043"], ["CVE-2099-0002", "2"], ["CVE-2099-0003", ""], ["x", "0.5"]));
    assert.deepEqual(
      vulnerabilities.map(({ cve, epss }) => [cve, epss]),
      [["CVE-2099-0001", 0.00043]],
    );
    assert.equal(unusable, 3);
  });
});

describe("formats of vulnerability data", () => {
  it("are read by something each, and replace what came under the same name", () => {
    assert.deepEqual(Object.keys(FEEDS).sort(), [...FEED_FORMATS].sort());
    assert.deepEqual(FEED_FORMATS.filter(needsPlatform), ["updateinfo"]);
    assert.equal(sourceOf({ format: "updateinfo", platform: "rhel:9", source: null }), "updateinfo rhel:9");
    assert.equal(sourceOf({ format: "osv", platform: null, source: "osv of AlmaLinux" }), "osv of AlmaLinux");
  });

  it("have words for severities, each in its own way", () => {
    const words = {
      Critical: "critical",
      HIGH: "important",
      medium: "moderate",
      "low**": "low",
      negligible: "low",
      "not yet assigned": "unspecified",
      constructor: "unspecified",
    };
    for (const [word, severity] of Object.entries(words)) assert.equal(severityOfWord(word), severity, word);
    assert.equal(severityOfWord(undefined), "unspecified");
  });
});
