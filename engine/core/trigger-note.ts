import { WINDOW_DEFAULTS } from "./deploy/spec.ts";
import { listOf, memberOf, textOf } from "./loosely.ts";

/** Kinds of resources that start runbooks, as lists of the HTTP API and as people call them. */
export const TRIGGER_KINDS = {
  Schedule: { noun: "schedules", word: "schedule", icon: "calendar" },
  Webhook: { noun: "webhooks", word: "webhook", icon: "link" },
  EventRule: { noun: "event-rules", word: "event rule", icon: "zap" },
  MaintenanceWindow: { noun: "windows", word: "maintenance window", icon: "tools" },
} as const;
export type TriggerKind = keyof typeof TRIGGER_KINDS;

/** Something that starts a runbook by itself. */
export interface TriggerNote {
  kind: TriggerKind;
  name: string;
  scope: string;
  isEnabled: boolean;
  /** Pinned there: a new version isn't started by it. */
  version?: number;
  /** When it does, such as `30 2 * * * in Europe/Berlin`. */
  when: string;
  /** Instant, if it has one. */
  nextAt?: string;
}

/** As the HTTP API lists resources; what is in documents is read with care, for a newer engine's may differ. */
export interface Triggering {
  name: string;
  scope: string;
  spec: Readonly<Record<string, unknown>>;
  state: Readonly<Record<string, unknown>>;
}

/** What a resource starts, by runbook. */
export function notesOf(kind: TriggerKind, { name, scope, spec, state }: Triggering): Map<string, TriggerNote> {
  const nextAt = textOf(state.nextAt);
  const base = { kind, name, scope, isEnabled: spec.enabled !== false, ...(nextAt === undefined ? {} : { nextAt }) };
  const found = new Map<string, TriggerNote>();
  for (const { runbook, when, version } of kind === "MaintenanceWindow" ? rolesOf(spec) : runsOf(kind, spec)) {
    const known = found.get(runbook);
    // Of several runs the one that takes the newest version decides whether a new one is started.
    const pin = version === undefined || (known && known.version === undefined) ? {} : { version };
    const words = known && known.when !== when ? `${known.when}; ${when}` : when;
    found.set(runbook, { ...base, ...pin, when: words });
  }
  return found;
}

interface Started {
  runbook: string;
  when: string;
  version?: number;
}

function runsOf(kind: TriggerKind, spec: Triggering["spec"]): Started[] {
  const when = kind === "Schedule" ? timesOf(spec) : kind === "EventRule" ? `on ${textOf(spec.on) ?? "events"}` : "when it is called";
  return listOf(spec.runs).flatMap((run) => {
    const runbook = textOf(memberOf(run, "runbook"));
    const version = memberOf(run, "version");
    return runbook === undefined ? [] : [{ runbook, when, ...(typeof version === "number" ? { version } : {}) }];
  });
}

/** A window names the runbook that carries it out, and those of its hooks. */
function rolesOf(spec: Triggering["spec"]): Started[] {
  const hooks = listOf(spec.hooks).flatMap((hook) => {
    const runbook = textOf(memberOf(hook, "runbook"));
    return runbook === undefined ? [] : [{ runbook, when: `as its hook ${textOf(memberOf(hook, "at")) ?? ""}`.trim() }];
  });
  return [{ runbook: textOf(spec.runbook) ?? WINDOW_DEFAULTS.runbook, when: `carries out deployments, ${timesOf(spec)}` }, ...hooks];
}

const timesOf = (spec: Triggering["spec"]): string => `${textOf(spec.cron) ?? "a recurrence"} in ${textOf(spec.timeZone) ?? "UTC"}`;
