import type { Report } from "../../engine/core/report.ts";
import type { Actor } from "../../engine/core/role.ts";
import type { MissingUpdate } from "../../engine/core/update.ts";
import type { UpdatePolicySpec, Verdict } from "../../engine/core/update-policy.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { joinKinds } from "../../engine/joints.ts";
import { createResources } from "../../engine/resources/resources.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { createJudging } from "../../engine/updates/judging.ts";
import { policyKind } from "../../engine/updates/policy-kind.ts";
import { createUpdateQueries } from "../../engine/updates/queries.ts";
import { aMachine } from "../contract/rows.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { aMissing } from "./policies.ts";

export const ADA: Actor = { id: "prn_ada", kind: "user", name: "ada", grants: [{ role: "admin", scope: "/" }] };
const silent = { warn() {}, error() {} };

/** Machines that report, policies that change, and rounds that judge: real, on one store, under a clock that stands still. */
export async function policyWorld({ address = "memory:", clock = testClock("2026-03-10T12:00:00Z") }: { address?: string; clock?: TestClock } = {}) {
  const store = await openStore(address);
  const world = worldOn(store, clock);
  return { ...world, stop: () => store.stop() };
}
export type PolicyWorld = Awaited<ReturnType<typeof policyWorld>>;

export function worldOn(store: Store, clock: TestClock) {
  const parts = { store, clock, newId: createIds(clock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) };
  const intake = createIntake(parts);
  const judging = createJudging({ ...parts, log: silent });
  const queries = createUpdateQueries(parts);
  const resources = createResources({ ...parts, kinds: joinKinds({ kinds: [policyKind(parts)] }) });
  let sequence = 0;

  return {
    ...parts,
    intake,
    judging,
    queries,
    resources,

    async enrol(name: string, scope = "/prod/web", tags: Record<string, string> = {}): Promise<string> {
      const id = `mch_${name}`;
      await store.write((tx) => tx.machines.insert(aMachine({ id, name, scope, tags, state: "online", enrolledAt: clock.now() })));
      return id;
    },

    /** What is missing on a machine, in a report without problems. */
    report(name: string, updates: readonly Partial<MissingUpdate>[], more: Partial<Report["inventory"]> = {}) {
      const inventory = {
        ...{ packageManager: "apt", collectedAt: clock.now(), listsUpdatedAt: clock.now(), rebootPending: false, rebootReasons: [], problems: [] },
        ...{ installed: [{ name: "bash", architecture: "amd64", version: "5", held: false }], updates: updates.map(aMissing) },
        ...more,
      };
      sequence += 1;
      return intake.take(`mch_${name}`, { sequence, inventory });
    },

    put: (name: string, spec: UpdatePolicySpec, scope = "/prod") =>
      store.write((tx) => resources.put(tx, { kind: "UpdatePolicy", name, scope, spec }, { actor: ADA })),
    remove: (name: string) => store.write((tx) => resources.remove(tx, "UpdatePolicy", name, { actor: ADA })),

    /** What is stored of a machine. */
    async stored(name: string) {
      const id = `mch_${name}`;
      const assessment = await store.read.updates.currentAssessment(id);
      const updates = await store.read.updates.ofMachine(id);
      return {
        compliance: (await queries.assessmentOf(id)).compliance,
        storedCompliance: assessment?.compliance,
        judgeAgainAt: assessment?.judgeAgainAt ?? null,
        counts: assessment?.verdicts ?? {},
        verdicts: Object.fromEntries(updates.map(({ name, verdict }): [string, Verdict] => [name, verdict])),
        due: Object.fromEntries(updates.map(({ name, dueAt }) => [name, dueAt])),
      };
    },
  };
}
