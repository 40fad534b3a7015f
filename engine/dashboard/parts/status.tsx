import type { JSX } from "preact";

/** How a status is to be felt about. Each has a shape of its own, so that none is told by colour alone. */
export type Tone = "good" | "warn" | "bad" | "busy" | "quiet";

export const SHAPES: Readonly<Record<Tone, JSX.Element>> = {
  good: <path d="M6.5 12.5 2.5 8.5l1.4-1.4 2.6 2.6 5.6-5.6 1.4 1.4z" fill="currentColor" />,
  warn: <path d="M8 1.5 15 14H1zM7.2 6v4h1.6V6zm0 5v1.6h1.6V11z" fill="currentColor" fill-rule="evenodd" />,
  bad: <path d="M2 2h12v12H2zm3.4 2L4 5.4 6.6 8 4 10.6 5.4 12 8 9.4l2.6 2.6 1.4-1.4L9.4 8 12 5.4 10.6 4 8 6.6z" fill="currentColor" fill-rule="evenodd" />,
  busy: <path d="M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 3.2v9.6a4.8 4.8 0 0 1 0-9.6z" fill="currentColor" fill-rule="evenodd" />,
  quiet: <path d="M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zm0 1.6a3.9 3.9 0 1 0 0 7.8 3.9 3.9 0 0 0 0-7.8z" fill="currentColor" fill-rule="evenodd" />,
};

/** What the product's words of status mean to a reader; a word that isn't here is quiet. */
const TONES: Readonly<Record<string, Tone>> = {
  completed: "good",
  compliant: "good",
  connected: "good",
  online: "good",
  Succeeded: "good",
  succeeded: "good",
  started: "good",
  accepted: "good",
  approved: "good",
  installed: "good",
  active: "good",
  failed: "bad",
  noncompliant: "bad",
  Failed: "bad",
  RebootUnverified: "bad",
  AgentLost: "bad",
  refused: "bad",
  rejected: "bad",
  critical: "bad",
  overdue: "bad",
  exploited: "bad",
  revoked: "bad",
  cloned: "bad",
  interrupted: "bad",
  stale: "warn",
  waiting: "warn",
  suspended: "warn",
  halted: "warn",
  stopping: "warn",
  missed: "warn",
  important: "warn",
  high: "warn",
  SucceededWithWarnings: "warn",
  MaintenanceWindowExceeded: "warn",
  Completed: "good",
  Required: "warn",
  Started: "busy",
  Unverified: "bad",
  awaitingApproval: "warn",
  aborting: "warn",
  aborted: "warn",
  Cancelled: "warn",
  Frozen: "warn",
  PlanDrift: "warn",
  SkippedByGate: "warn",
  partially: "warn",
  held: "warn",
  unapproved: "warn",
  excluded: "warn",
  expired: "warn",
  running: "busy",
  queued: "busy",
  sent: "busy",
  acknowledged: "busy",
  planned: "busy",
  InProgress: "busy",
  installing: "busy",
  planning: "busy",
  open: "busy",
  deferred: "busy",
};

export const toneOf = (word: string): Tone => (Object.hasOwn(TONES, word) ? TONES[word] : undefined) ?? "quiet";

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg width="13" height="13" viewBox="0 0 16 16" aria-hidden="true" class={`tone-${tone}`}>
      {SHAPES[tone]}
    </svg>
  );
}

export function Status({ word, tone = toneOf(word), says = word }: { word: string; tone?: Tone; says?: string }) {
  return (
    <span class={`status tone-${tone}`}>
      <Shape tone={tone} />
      {says}
    </span>
  );
}

export function Badge({ children, tone = "quiet" }: { children: string; tone?: Tone }) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}
