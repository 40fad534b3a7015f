import type { Tone } from "./status.tsx";

/** One line of a chart. */
export interface ChartLine {
  name: string;
  tone: Tone;
  /** One for each place; null: nothing is known there, and the line has a gap. */
  values: readonly (number | null)[];
}

/** What a chart shows: lines over places on one axis, or the same on top of each other. */
export interface Picture {
  at: readonly string[];
  lines: readonly ChartLine[];
  stacked: boolean;
}

/** Pixels of line and gap: lines are told apart without their colours. */
export const DASHES: Readonly<Record<Tone, readonly number[]>> = { good: [1, 0], bad: [7, 2], warn: [5, 4], busy: [8, 3, 2, 3], quiet: [2, 3] };
