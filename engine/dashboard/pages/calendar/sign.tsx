import type { JSX } from "preact";
import type { OccurrenceState } from "../../model/calendar.ts";
import { SHAPES, type Tone } from "../../parts/status.tsx";

const circle = "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8z";
const hollow = `${circle}M8 3.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2z`;
const disc = (hole: string): JSX.Element => <path d={`${circle}${hole}`} fill="currentColor" fill-rule="evenodd" />;
const ring = (inside: string): JSX.Element => <path d={`${hollow}${inside}`} fill="currentColor" fill-rule="evenodd" />;

/** Each state of an occurrence has a sign, a word and a tone; any two of them alone tell it from the others. */
const SIGNS: Readonly<Record<OccurrenceState, { shape: JSX.Element; says: string; tone: Tone }>> = {
  coming: { shape: ring(""), says: "coming", tone: "quiet" },
  planned: { shape: ring("M6.4 6.4h3.2v3.2H6.4z"), says: "planned", tone: "busy" },
  awaitingApproval: { shape: SHAPES.warn, says: "awaiting approval", tone: "warn" },
  approved: { shape: ring("M7.4 11 4.8 8.4l1-1 1.6 1.6 3-3 1 1z"), says: "approved", tone: "good" },
  open: { shape: <path d="M3 2h10v12h-1.6V3.6H4.6V14H3z" fill="currentColor" />, says: "open", tone: "busy" },
  running: { shape: disc("M6.4 4.8v6.4L11.4 8z"), says: "running", tone: "busy" },
  halted: { shape: <path d="M2 2h12v12H2zm3 2.6v6.8h2V4.6zm4 0v6.8h2V4.6z" fill="currentColor" fill-rule="evenodd" />, says: "halted", tone: "warn" },
  aborting: { shape: ring("M5.4 5.4h5.2v5.2H5.4z"), says: "aborting", tone: "warn" },
  succeeded: { shape: SHAPES.good, says: "succeeded", tone: "good" },
  failed: { shape: SHAPES.bad, says: "failed", tone: "bad" },
  aborted: { shape: disc("M5.2 5.2h5.6v5.6H5.2z"), says: "aborted", tone: "warn" },
  expired: {
    shape: <path d="M3 1.5h10v3L9.6 8l3.4 3.5v3H3v-3L6.4 8 3 4.5zm1.8 1.6v.8L8 7l3.2-3.1v-.8z" fill="currentColor" fill-rule="evenodd" />,
    says: "expired",
    tone: "warn",
  },
  skipped: { shape: <path d="M3 3.2 8.2 8 3 12.8zM8.2 3.2 13.4 8l-5.2 4.8z" fill="currentColor" />, says: "skipped", tone: "quiet" },
  cancelled: { shape: ring("M4.4 7.2h7.2v1.6H4.4z"), says: "cancelled", tone: "warn" },
  frozen: {
    shape: <path d="M7.2 1h1.6v5.6l4.9-2.8.8 1.4L9.6 8l4.9 2.8-.8 1.4-4.9-2.8V15H7.2V9.4l-4.9 2.8-.8-1.4L6.4 8 1.5 5.2l.8-1.4 4.9 2.8z" fill="currentColor" />,
    says: "frozen",
    tone: "busy",
  },
  past: { shape: <path d="M2 7.2h12v1.6H2z" fill="currentColor" />, says: "over, nothing was planned", tone: "quiet" },
};

export const wordOf = (state: OccurrenceState): string => SIGNS[state].says;

export function Sign({ state }: { state: OccurrenceState }) {
  const { shape, tone } = SIGNS[state];
  return (
    <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true" class={`sign tone-${tone}`}>
      {shape}
    </svg>
  );
}

export function Said({ state }: { state: OccurrenceState }) {
  return (
    <span class={`status tone-${SIGNS[state].tone}`}>
      <Sign state={state} />
      {SIGNS[state].says}
    </span>
  );
}
