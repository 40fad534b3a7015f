import type { Severity } from "./update.ts";

/** Weights of CVSS 3.0 and 3.1 (first.org/cvss/v3.1/specification-document, 7.4). */
const WEIGHTS = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
} as const;
/** Privileges weigh less when another component is hit. */
const PRIVILEGES = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } } as const;

/**
 * The base score of a vector such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`, 0 to 10.
 * @returns undefined when it isn't one of version 3
 */
export function cvss3Score(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split("/").map((part) => part.split(":", 2) as [string, string]));
  const weigh = (name: keyof typeof WEIGHTS): number => weightOf(WEIGHTS[name], metrics.get(name));
  const scope = metrics.get("S");
  if (scope !== "U" && scope !== "C") return undefined;
  const impact = 1 - (1 - weigh("C")) * (1 - weigh("I")) * (1 - weigh("A"));
  const isChanged = scope === "C";
  const harm = isChanged ? 7.52 * (impact - 0.029) - 3.25 * (impact - 0.02) ** 15 : 6.42 * impact;
  const ease = 8.22 * weigh("AV") * weigh("AC") * weightOf(PRIVILEGES[scope], metrics.get("PR")) * weigh("UI");
  const score = harm <= 0 ? 0 : roundUp(Math.min((isChanged ? 1.08 : 1) * (harm + ease), 10));
  return Number.isFinite(score) ? score : undefined;
}

/** By its qualitative scale; ours says important for high, and moderate for medium. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return "critical";
  if (score >= 7) return "important";
  if (score >= 4) return "moderate";
  return score > 0 ? "low" : "unspecified";
}

const weightOf = (table: Readonly<Record<string, number>>, metric: string | undefined): number =>
  metric !== undefined && Object.hasOwn(table, metric) ? (table[metric] ?? Number.NaN) : Number.NaN;

/** To one decimal, up, without what binary fractions add (7.1 of the specification, appendix A). */
const roundUp = (value: number): number => {
  const whole = Math.round(value * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
};
