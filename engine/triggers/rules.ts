import type { Clock } from "../core/clock.ts";
import { parseDuration } from "../core/duration.ts";
import { freezingAt, type NamedFreeze } from "../core/freeze.ts";
import type { Happening } from "../core/happening.ts";
import { firstUnmet } from "../core/pointer.ts";
import type { Starter } from "../core/resource.ts";
import { scopeIncludes } from "../core/scope.ts";
import { DEFAULT_MISFIRE } from "../core/trigger.ts";
import type { EventRuleSpec } from "../protocol/resources/event-rule.ts";
import type { OccurrenceRecord } from "../store/records/occurrences.ts";
import type { Store } from "../store/store.ts";
import { type Cause, type Firing, passes, refusalOf, type Shot } from "./firing.ts";
import { type Freezes, HOLDS } from "./freezes.ts";
import type { Admitted, JobDoor, Log, PreparedJob } from "./ports.ts";

/** What happened, in one round: their writers come together, so that they share transactions. */
const AT_ONCE = 50;
/** Jobs that are made ready in one round; what happened first may need more. */
const JOBS_AT_ONCE = 200;
const RULES_AT_ONCE = 1_000;

export interface RulesParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: Pick<JobDoor<Prepared>, "tell" | "stop">;
  log: Log;
}

type Rule = Starter<EventRuleSpec>;
interface Matched {
  happening: Happening;
  rules: readonly Rule[];
}
/** What a rule does about what happened: rows that say why it starts nothing, or jobs that are ready. */
interface Answer<Prepared> {
  rule: Rule;
  rows: readonly OccurrenceRecord[];
  shots: readonly Shot<Prepared>[];
}

/**
 * Starts what event rules name for what happened. What happens is a row, written in the transaction in which it happens; each is taken once, by one engine, in the
 * transaction that makes its jobs: nothing is lost and nothing is done twice, whoever dies in between.
 */
export function createRules<Prepared extends PreparedJob>({ store, clock, firing, freezes, jobs, log }: RulesParts<Prepared>) {
  let stopped = false;

  async function allRules(): Promise<Rule[]> {
    const found: Rule[] = [];
    for (;;) {
      const after = found.at(-1)?.name;
      const page = await store.read.resources.list({ kind: "EventRule", scopes: ["/"], ...(after === undefined ? {} : { after }), limit: RULES_AT_ONCE });
      found.push(...(page as Rule[]));
      if (page.length < RULES_AT_ONCE) return found;
    }
  }

  /** @throws what passes */
  async function answer(rule: Rule, { at }: Happening, cause: Cause, held: readonly NamedFreeze[]): Promise<Answer<Prepared>> {
    const now = clock.now();
    const { runs, grace } = rule.spec;
    const nothing = (status: "missed" | "frozen" | "refused", reason: string): Answer<Prepared> => ({
      rule,
      rows: firing.rowsOf(rule, runs, { ...cause, status, reason }, now),
      shots: [],
    });
    const graceMs = grace === undefined ? DEFAULT_MISFIRE.graceMs : parseDuration(grace);
    if (now - at > graceMs) return nothing("missed", `it happened ${Math.round((now - at) / 1_000)} s ago, beyond the rule's grace of ${graceMs / 1_000} s`);
    const freeze = freezingAt(held, HOLDS.EventRule, rule.scope, now);
    if (freeze) return nothing("frozen", freeze.reason);
    try {
      return { rule, rows: [], shots: await firing.prepareAll(rule, runs, cause) };
    } catch (error) {
      if (passes(error)) throw error;
      log.error({ err: error, rule: rule.name, happening: cause.key }, "an event rule can't be followed");
      return nothing("refused", refusalOf(error));
    }
  }

  /** @returns "changed" when a rule isn't any more as it was read: nothing has been done then */
  async function commit(happening: Happening, cause: Cause, answers: readonly Answer<Prepared>[]): Promise<"done" | "taken" | "changed"> {
    const decidedAt = clock.now();
    const done = await store.write(async (tx) => {
      const present: Answer<Prepared>[] = [];
      // In one order, whoever locks them.
      for (const one of answers.toSorted((a, b) => (a.rule.id < b.rule.id ? -1 : 1))) {
        const rule = await tx.resources.lock(one.rule.id);
        if (rule && rule.revision !== one.rule.revision) return "changed";
        if (rule) present.push(one);
      }
      if (!(await tx.happenings.take(happening.id, decidedAt))) return "taken";
      const admitted: Admitted[] = [];
      const stop: { jobId: string; by: string }[] = [];
      for (const { rule, rows, shots } of present) {
        await tx.occurrences.insert(rows);
        for (const shot of shots) {
          const fired = await firing.fire(tx, rule, shot, cause, { overlap: rule.spec.overlap ?? "queue", decidedAt });
          if (fired.admitted) admitted.push(fired.admitted);
          stop.push(...fired.stop.map((jobId) => ({ jobId, by: `rule:${rule.name}` })));
        }
      }
      return { admitted, stop };
    });
    if (typeof done === "string") return done;
    for (const one of done.admitted) jobs.tell(one);
    for (const { jobId, by } of done.stop) await jobs.stop(jobId, by).catch(() => {}); // it has ended meanwhile, or waiting.ts asks again
    return "done";
  }

  /** What can't be written isn't tried for ever: it would keep all that happens later from being looked at. */
  async function commitOrRefuse(happening: Happening, cause: Cause, answers: readonly Answer<Prepared>[]): Promise<"done" | "taken" | "changed"> {
    try {
      return await commit(happening, cause, answers);
    } catch (error) {
      if (passes(error)) throw error;
      log.error({ err: error, happening: happening.id }, "jobs of event rules can't be stored; they are refused");
      const refused = answers.map(({ rule }) => ({
        rule,
        rows: firing.rowsOf(rule, rule.spec.runs, { ...cause, status: "refused", reason: refusalOf(error) }, clock.now()),
        shots: [],
      }));
      return commit(happening, cause, refused);
    }
  }

  /** @returns how many were handled here @throws what passes, when the others are done */
  async function round(open: readonly Happening[]): Promise<number> {
    const [rules, held] = [await allRules(), await freezes.all()];
    const some = firstOf(open.map((happening) => ({ happening, rules: rules.filter((rule) => asksFor(rule, happening)) })));
    const ready = await Promise.allSettled(
      some.map(async ({ happening, rules: matching }) => {
        const { id, kind, at, document, correlationId, depth } = happening;
        const cause: Cause = { key: id, dueAt: at, reason: kind, document, correlationId, depth };
        return { happening, cause, answers: await Promise.all(matching.map((rule) => answer(rule, happening, cause, held))) };
      }),
    );
    // Writers keep the order in which they are handed over.
    const ends = await Promise.allSettled(
      ready.map((one) => (one.status === "fulfilled" ? commitOrRefuse(one.value.happening, one.value.cause, one.value.answers) : Promise.reject(one.reason))),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    // Those whose rules were changed are still open: the next round reads the rules anew.
    return ends.filter((end) => end.status === "fulfilled" && end.value !== "taken").length;
  }

  return {
    /** One round after the other, until nothing is open. @returns how much of what happened was looked at */
    async tick(): Promise<number> {
      let handled = 0;
      while (!stopped) {
        const open = await store.read.happenings.open(AT_ONCE);
        const count = open.length === 0 ? 0 : await round(open);
        handled += count;
        if (count === 0) break; // or another engine was faster
      }
      return handled;
    },
    /** No further round begins. */
    stop(): void {
      stopped = true;
    },
  };
}

const asksFor = ({ scope, spec }: Rule, { kind, scope: where, document }: Happening): boolean =>
  spec.on === kind && spec.enabled !== false && scopeIncludes(scope, where) && firstUnmet(document, spec.where ?? []) === undefined;

/** As many as need a bounded number of jobs, and one at least. */
function firstOf(matched: readonly Matched[]): Matched[] {
  let jobs = 0;
  const beyond = matched.findIndex(({ rules }, i) => {
    jobs += rules.reduce((sum, { spec }) => sum + spec.runs.length, 0);
    return i > 0 && jobs > JOBS_AT_ONCE;
  });
  return matched.slice(0, beyond === -1 ? matched.length : beyond);
}
