import { createDigitReader, digits } from "./digits.ts";
import { CLASSIFICATIONS, type Classification } from "./update.ts";
import { VERDICTS, type Verdict } from "./update-policy.ts";

/** What of a machine's newest assessment a question about thousands of machines goes by. */
export interface StandingFigures {
  receivedAt: number;
  collectedAt: number;
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  installedCount: number;
  /** How many. */
  problems: number;
  counts: Readonly<Partial<Record<Classification | "held" | "phased", number>>>;
  verdicts: Readonly<Partial<Record<Verdict | "overdue", number>>>;
}

const COUNTS = [...CLASSIFICATIONS, "held", "phased"] as const;
const WORDS = [...VERDICTS, "overdue"] as const;

/** As one short text, which is read faster than columns and JSON. Its format counts as that of sets of missing updates (core/missing-set.ts). */
export function packFigures({ receivedAt, collectedAt, listsUpdatedAt, rebootPending, installedCount, problems, counts, verdicts }: StandingFigures): string {
  const out = digits();
  out.put(receivedAt);
  out.put(collectedAt);
  putOptional(listsUpdatedAt ?? undefined);
  out.put(rebootPending ? 1 : 0);
  out.put(installedCount);
  out.put(problems);
  for (const word of WORDS) putOptional(verdicts[word]);
  for (const word of COUNTS) putOptional(counts[word]);
  return out.text();

  /** Nothing is something else than none. */
  function putOptional(value: number | undefined): void {
    out.put(value === undefined ? 0 : value + 1);
  }
}

export function createFiguresReader(): (packed: string) => StandingFigures {
  const { begin, take } = createDigitReader();
  function record<Word extends string>(words: readonly Word[]): Partial<Record<Word, number>> {
    const found: Partial<Record<Word, number>> = {};
    for (const word of words) {
      const value = take();
      if (value > 0) found[word] = value - 1;
    }
    return found;
  }
  return (packed) => {
    begin(packed);
    const receivedAt = take();
    const collectedAt = take();
    const lists = take();
    const rebootPending = take() === 1;
    const installedCount = take();
    const problems = take();
    const verdicts = record(WORDS);
    return {
      receivedAt,
      collectedAt,
      listsUpdatedAt: lists === 0 ? null : lists - 1,
      rebootPending,
      installedCount,
      problems,
      verdicts,
      counts: record(COUNTS),
    };
  };
}
