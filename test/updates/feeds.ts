/** Vulnerability data in the public formats, of invented vulnerabilities. */
export interface FakeFix {
  source: string;
  version: string;
  cves: readonly string[];
}

/** The tracker's JSON as Debian publishes it, for bookworm; never affected before, and mended in unstable. */
export const trackerOf = (fixes: readonly FakeFix[], more: Readonly<Record<string, object>> = {}): string => {
  const packages: Record<string, Record<string, object>> = {};
  for (const { source, version, cves } of fixes) {
    for (const cve of cves) {
      const release = (fixed_version: string, urgency = "not yet assigned") => ({ status: "resolved", repositories: {}, fixed_version, urgency });
      const releases = { bookworm: release(version), bullseye: release("0"), sid: release("9.0-1") };
      packages[source] = { ...packages[source], [cve]: { description: `A bug in ${source}.`, scope: "remote", releases } };
    }
  }
  return JSON.stringify({ ...packages, ...more }, null, 1);
};

/** One advisory as OSV has it. */
export const osvOf = ({ source, version, cves }: FakeFix, more: object = {}): string =>
  JSON.stringify(
    {
      ...{ schema_version: "1.6.0", id: "DSA-9001-1", published: "2025-01-01T00:00:00Z", modified: "2025-01-01T00:00:00Z" },
      ...{ summary: `${source} - security update`, details: "", upstream: cves },
      affected: [
        {
          package: { ecosystem: "Debian:12", name: source, purl: `pkg:deb/debian/${source}?arch=source` },
          ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: version }] }],
          ecosystem_specific: { urgency: "not yet assigned" },
        },
      ],
      ...more,
    },
    null,
    1,
  );

/** Ubuntu's database of notices. */
export const usnOf = (fixes: readonly FakeFix[], codename = "jammy"): string =>
  JSON.stringify(
    Object.fromEntries(
      fixes.map(({ source, version, cves }, i) => {
        const id = `9${String(i + 1).padStart(3, "0")}-1`;
        const release = { sources: { [source]: { version, description: source } }, binaries: { [`lib${source}`]: { version } } };
        return [
          id,
          { id, title: `${source} vulnerabilities`, timestamp: 1735689600, cves: [...cves, "https://launchpad.net/bugs/1"], releases: { [codename]: release } },
        ];
      }),
    ),
  );

export const kevOf = (...entries: readonly [cve: string, dateAdded: string][]): string =>
  JSON.stringify({
    title: "CISA Catalog",
    catalogVersion: "2025.01.01",
    count: entries.length,
    vulnerabilities: entries.map(([cveID, dateAdded]) => ({ cveID, dateAdded })),
  });

export const epssOf = (...entries: readonly [cve: string, epss: string][]): string =>
  ["#model_version:v2025.03.14,score_date:2025-06-01T12:55:00Z", "cve,epss,percentile", ...entries.map(([cve, epss]) => `${cve},${epss},0.5`)].join("\n");
