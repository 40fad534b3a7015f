import { isCve } from "../report.ts";
import type { Vulnerability } from "../vulnerability.ts";
import { type Feed, isRecord, parsed, textOf } from "./feed.ts";

/** CISA's catalogue of known exploited vulnerabilities (cisa.gov/known-exploited-vulnerabilities-catalog), JSON. */
export const kev: Feed = {
  cut: "values",
  read({ text }) {
    const catalogue = parsed(text);
    if (!isRecord(catalogue) || !Array.isArray(catalogue.vulnerabilities)) return undefined;
    const vulnerabilities = catalogue.vulnerabilities.flatMap((one: unknown): Vulnerability[] => {
      const [cve, since] = isRecord(one) ? [textOf(one.cveID), Date.parse(textOf(one.dateAdded))] : ["", Number.NaN];
      return isCve(cve) && Number.isFinite(since) ? [{ cve, severity: "unspecified", exploitedSince: since, epss: null }] : [];
    });
    return { fixes: [], vulnerabilities, skipped: catalogue.vulnerabilities.length - vulnerabilities.length };
  },
};
