import { createDigitReader, digits } from "./digits.ts";
import { CLASSIFICATIONS, type Classification, SEVERITIES, type Severity } from "./update.ts";
import { VERDICTS, type Verdict } from "./update-policy.ts";

/** One missing update of a machine. What it shares with all machines that miss the same stands in the offer. */
export interface MissingEntry {
  /** Id of the offer, from 1. */
  offer: number;
  classification: Classification;
  severity: Severity;
  isExploited: boolean;
  verdict: Verdict;
  held: boolean;
  /** Not offered to this machine yet. */
  phased: boolean;
  /** When the engine first heard of it on this machine, Unix milliseconds. */
  firstSeenAt: number;
  /** When it must be installed by; null: no policy says. */
  dueAt: number | null;
}

/** What a set sums up to. It belongs to the reader and holds until that reads the next one. */
export interface MissingSums {
  size: number;
  /** In the order of CLASSIFICATIONS. */
  byClassification: number[];
  /** In the order of SEVERITIES. */
  bySeverity: number[];
  /** In the order of VERDICTS. */
  byVerdict: number[];
  exploited: number;
  held: number;
  /** When updates were first seen, each time once, ascending; of these lists the first `times` count. */
  times: number;
  firstSeenAt: number[];
  counts: number[];
  security: number[];
}

/** The updates of a set in columns, of which the first `size` values count. They belong to the reader, too. */
export interface MissingColumns {
  size: number;
  offers: number[];
  /** Places in VERDICTS. */
  verdicts: number[];
  /** 1: not offered to this machine yet. */
  phased: number[];
  firstSeenAt: number[];
  /** Infinity: no policy says. */
  dueAt: number[];
}

/** Invariant: whoever changes the format, or the order of CLASSIFICATIONS, SEVERITIES or VERDICTS, counts it up; sets of another format are packed anew. */
export const MISSING_FORMAT = 1;
const VERDICT = 7;
const PHASED = 8;
const DUE = 16;

/** A set of missing updates as two texts. */
export interface PackedMissing {
  /** What it sums up to, which answers what is asked most. */
  sums: string;
  updates: string;
}

/**
 * Packs what is missing on a machine. Offers ascend as differences, times are places in lists, as many updates were first seen in one report. Ten characters an update, where
 * its row in the database takes hundreds: a question about all machines reads these.
 */
export function packMissing(entries: readonly MissingEntry[]): PackedMissing {
  const sorted = entries.toSorted((a, b) => a.offer - b.offer);
  const seen = placesOf(sorted.map(({ firstSeenAt }) => firstSeenAt));
  return { sums: packSums(sorted, seen), updates: packUpdates(sorted, seen) };
}

function packSums(entries: readonly MissingEntry[], seen: ReadonlyMap<number, number>): string {
  const out = digits();
  const count = (test: (entry: MissingEntry) => boolean) => out.put(entries.reduce((sum, one) => sum + (test(one) ? 1 : 0), 0));
  out.put(entries.length);
  for (const word of CLASSIFICATIONS) count((one) => one.classification === word);
  for (const word of SEVERITIES) count((one) => one.severity === word);
  for (const word of VERDICTS) count((one) => one.verdict === word);
  count((one) => one.isExploited);
  count((one) => one.held);
  out.put(seen.size);
  let before = 0;
  for (const time of seen.keys()) {
    out.put(time - before);
    before = time;
    count((one) => one.firstSeenAt === time);
    count((one) => one.firstSeenAt === time && one.classification === "security");
  }
  return out.text();
}

function packUpdates(entries: readonly MissingEntry[], seen: ReadonlyMap<number, number>): string {
  const out = digits();
  const due = placesOf(entries.flatMap(({ dueAt }) => dueAt ?? []));
  out.put(due.size);
  let before = 0;
  for (const time of due.keys()) {
    out.put(time - before);
    before = time;
  }
  before = 0;
  for (const { offer, verdict, phased, firstSeenAt, dueAt } of entries) {
    out.put(offer - before);
    before = offer;
    out.put(VERDICTS.indexOf(verdict) + (phased ? PHASED : 0) + (dueAt === null ? 0 : DUE));
    out.put(seen.get(firstSeenAt) ?? 0); // each of them is there
    if (dueAt !== null) out.put(due.get(dueAt) ?? 0);
  }
  return out.text();
}

/** Reads one set after the other into the same lists: a question about 10,000 machines leaves nothing behind. */
export function createMissingReader() {
  const { begin, take } = createDigitReader();
  const sums: MissingSums = {
    size: 0,
    byClassification: [],
    bySeverity: [],
    byVerdict: [],
    exploited: 0,
    held: 0,
    times: 0,
    firstSeenAt: [],
    counts: [],
    security: [],
  };
  const columns: MissingColumns = { size: 0, offers: [], verdicts: [], phased: [], firstSeenAt: [], dueAt: [] };
  const due: number[] = [];
  const takeInto = (list: number[], count: number): void => {
    for (let i = 0; i < count; i++) list[i] = take();
  };

  function readSums(packed: string): MissingSums {
    begin(packed);
    sums.size = take();
    takeInto(sums.byClassification, CLASSIFICATIONS.length);
    takeInto(sums.bySeverity, SEVERITIES.length);
    takeInto(sums.byVerdict, VERDICTS.length);
    sums.exploited = take();
    sums.held = take();
    sums.times = take();
    let time = 0;
    for (let i = 0; i < sums.times; i++) {
      time += take();
      sums.firstSeenAt[i] = time;
      sums.counts[i] = take();
      sums.security[i] = take();
    }
    return sums;
  }

  return {
    sums: readSums,

    columns(packed: PackedMissing): MissingColumns {
      const { size, firstSeenAt } = readSums(packed.sums);
      begin(packed.updates);
      columns.size = size;
      let time = 0;
      for (let left = take(), i = 0; left > 0; left--, i++) {
        time += take();
        due[i] = time;
      }
      let offer = 0;
      for (let i = 0; i < size; i++) {
        offer += take();
        columns.offers[i] = offer;
        const word = take();
        columns.verdicts[i] = word & VERDICT;
        columns.phased[i] = word & PHASED ? 1 : 0;
        columns.firstSeenAt[i] = firstSeenAt[take()] ?? 0;
        columns.dueAt[i] = word & DUE ? (due[take()] ?? 0) : Number.POSITIVE_INFINITY;
      }
      return columns;
    },
  };
}

/** Each value once, ascending, with its place. */
const placesOf = (values: readonly number[]): Map<number, number> => new Map([...new Set(values)].sort((a, b) => a - b).map((value, place) => [value, place]));
