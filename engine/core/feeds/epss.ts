import { isCve } from "../report.ts";
import { type Feed, NOTHING } from "./feed.ts";

/** The scores of EPSS (first.org/epss/data_stats), CSV: a comment, then `cve,epss,percentile`, then a line for each. */
export const epss: Feed = {
  cut: "lines",
  read({ text }) {
    if (text === "" || text.startsWith("#") || text.startsWith("cve,")) return NOTHING;
    const [cve = "", score = ""] = text.split(",");
    const value = Number(score);
    if (!isCve(cve) || score === "" || !(value >= 0 && value <= 1)) return undefined;
    return { fixes: [], vulnerabilities: [{ cve, severity: "unspecified", exploitedSince: null, epss: value }], skipped: 0 };
  },
};
