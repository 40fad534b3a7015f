import type { Clock } from "../core/clock.ts";
import { EventRuleSpec } from "../protocol/resources/event-rule.ts";
import type { TriggerKind } from "./kind.ts";
import { runProblems } from "./runs.ts";

/** Event rules as resources. */
export const ruleKind = ({ clock }: { clock: Clock }): TriggerKind<EventRuleSpec> => ({
  kind: "EventRule",
  noun: "event-rules",
  command: "rule",
  schema: EventRuleSpec,
  actions: { read: "rule.read", write: "rule.write" },
  runbooks: (spec) => spec.runs.map((run) => run.runbook),
  check: ({ scope, spec }, { reads, actor }) => runProblems(spec.runs, { kind: "EventRule", scope, reads, actor }),
  async removed(tx, { id }) {
    await tx.occurrences.dropWaiting(id, { reason: "its rule was deleted", decidedAt: clock.now() });
  },
});
