import type { Clock } from "../core/clock.ts";
import { parseDuration } from "../core/duration.ts";
import type { Happening } from "../core/happening.ts";
import { firstUnmet } from "../core/pointer.ts";
import type { ResourceRecord } from "../core/resource.ts";
import { scopeIncludes } from "../core/scope.ts";
import { DEFAULT_MISFIRE } from "../core/trigger.ts";
import type { EventRuleSpec } from "../protocol/resources/event-rule.ts";
import type { Store } from "../store/store.ts";
import type { Cause, Firing } from "./firing.ts";
import type { Freezes } from "./freezes.ts";
import type { Admitted, JobDoor, PreparedJob } from "./ports.ts";

const AT_ONCE = 100;
const MOST_RULES = 10_000;

export interface RulesParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: Pick<JobDoor<Prepared>, "tell" | "stop">;
}

type Rule = ResourceRecord<EventRuleSpec>;

/**
 * Starts what event rules name for what happened. What happens is a row, written in the transaction in which it happens; each is taken once, by one engine, in the
 * transaction that makes its jobs: nothing is lost and nothing is done twice, whoever dies in between.
 */
export function createRules<Prepared extends PreparedJob>({ store, clock, firing, freezes, jobs }: RulesParts<Prepared>) {
  async function handle(happening: Happening, rules: readonly Rule[]): Promise<boolean> {
    const now = clock.now();
    const matching = rules.filter(
      ({ scope, spec }) =>
        spec.on === happening.kind &&
        spec.enabled !== false &&
        scopeIncludes(scope, happening.scope) &&
        firstUnmet(happening.document, spec.where ?? []) === undefined,
    );
    const { at, correlationId, depth, document } = happening;
    const cause: Cause = { key: happening.id, dueAt: at, reason: happening.kind, document, correlationId, depth };
    const outcomes = await Promise.all(
      matching.map(async (rule) => {
        const graceMs = rule.spec.grace === undefined ? DEFAULT_MISFIRE.graceMs : parseDuration(rule.spec.grace);
        const held = await freezes.at("events", rule.scope, now);
        const late = now - at > graceMs ? `it happened ${Math.round((now - at) / 1_000)} s ago, beyond the rule's grace` : null;
        if (late !== null) return { rule, quiet: { status: "missed" as const, reason: late }, shots: [] };
        if (held) return { rule, quiet: { status: "frozen" as const, reason: held.reason }, shots: [] };
        return { rule, quiet: null, shots: await firing.prepareAll(rule, rule.spec.runs, cause) };
      }),
    );
    const done = await store.write(async (tx) => {
      const locked = [];
      // In one order, whoever locks them.
      for (const outcome of outcomes.toSorted((a, b) => (a.rule.id < b.rule.id ? -1 : 1))) if (await tx.resources.lock(outcome.rule.id)) locked.push(outcome);
      if (!(await tx.happenings.take(happening.id, now))) return undefined;
      const admitted: Admitted[] = [];
      const stop: { jobId: string; by: string }[] = [];
      for (const { rule, quiet, shots } of locked) {
        if (quiet) await tx.occurrences.insert(firing.rowsOf(rule, rule.spec.runs, { ...cause, ...quiet }, now));
        for (const shot of shots) {
          const fired = await firing.fire(tx, rule, shot, cause, { overlap: rule.spec.overlap ?? "queue", decidedAt: now });
          if (fired.admitted) admitted.push(fired.admitted);
          stop.push(...fired.stop.map((jobId) => ({ jobId, by: `rule:${rule.name}` })));
        }
      }
      return { admitted, stop };
    });
    for (const one of done?.admitted ?? []) jobs.tell(one);
    for (const { jobId, by } of done?.stop ?? []) await jobs.stop(jobId, by).catch(() => {}); // it has ended meanwhile
    return done !== undefined;
  }

  return {
    /** One round. @returns how much of what happened was handled */
    async tick(): Promise<number> {
      let handled = 0;
      for (;;) {
        const open = await store.read.happenings.open(AT_ONCE);
        if (open.length === 0) return handled;
        const rules = (await store.read.resources.list({ kind: "EventRule", scopes: ["/"], limit: MOST_RULES })) as Rule[];
        const before = handled;
        for (const happening of open) if (await handle(happening, rules)) handled += 1;
        if (handled === before) return handled; // another engine was faster
      }
    },
  };
}
