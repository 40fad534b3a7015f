import type { Clock } from "../core/clock.ts";
import { parseDuration } from "../core/duration.ts";
import type { DocumentProblem } from "../core/resource.ts";
import { EventRuleSpec } from "../protocol/resources/event-rule.ts";
import type { TriggerKind } from "./kind.ts";
import { runProblems } from "./runs.ts";

/** What happened is kept for so long. */
const LONGEST_GRACE_MS = 7 * 86_400_000;

/** Event rules as resources. */
export const ruleKind = ({ clock }: { clock: Clock }): TriggerKind<EventRuleSpec> => ({
  kind: "EventRule",
  noun: "event-rules",
  command: "rule",
  schema: EventRuleSpec,
  actions: { read: "rule.read", write: "rule.write" },
  runbooks: (spec) => spec.runs.map((run) => run.runbook),
  async check({ scope, spec }, { reads, actor }) {
    const problems: DocumentProblem[] = (spec.where ?? []).flatMap(({ at: _, ...tests }, i) =>
      Object.keys(tests).length > 0 ? [] : [{ path: `/where/${i}`, message: "holds whatever is there; add equals, in, startsWith or exists" }],
    );
    if (spec.grace !== undefined && parseDuration(spec.grace) > LONGEST_GRACE_MS) problems.push({ path: "/grace", message: "is at most 7d" });
    return [...problems, ...(await runProblems(spec.runs, { kind: "EventRule", scope, reads, actor }))];
  },
  async removed(tx, { id }) {
    await tx.occurrences.dropWaiting(id, { reason: "its rule was deleted", decidedAt: clock.now() });
  },
});
