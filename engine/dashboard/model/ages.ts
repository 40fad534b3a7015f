import type { Overview } from "../../protocol/http/overview.ts";

type Aged = NonNullable<Overview["updates"]>["byAge"][number];

export interface AgeRow {
  name: string;
  /** One for each age, the youngest first. */
  counts: readonly number[];
  all: number;
}

/** Missing updates in rows by what they are about and columns by how long they have been known. */
export function ageMatrix(byAge: readonly Aged[]): { ages: readonly string[]; rows: readonly AgeRow[] } {
  const row = (name: string, of: (age: Aged) => number): AgeRow => {
    const counts = byAge.map(of);
    return { name, counts, all: counts.reduce((sum, count) => sum + count, 0) };
  };
  return {
    ages: byAge.map(({ upToDays }, index) => ageName(upToDays, byAge[index - 1]?.upToDays)),
    rows: [row("security", ({ security }) => security), row("other", ({ count, security }) => count - security), row("all", ({ count }) => count)],
  };
}

const ageName = (upTo: number | null, after: number | null | undefined): string =>
  upTo === null ? `> ${after ?? 0} d` : after ? `${after + 1}–${upTo} d` : `≤ ${upTo} d`;
