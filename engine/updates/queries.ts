import type { Clock } from "../core/clock.ts";
import type { Scope } from "../core/scope.ts";
import { COMPLIANCE_STATES, type ComplianceState, type InstalledPackage } from "../core/update.ts";
import type { AssessmentRecord } from "../store/records/updates.ts";
import type { Store } from "../store/store.ts";
import { type Counts, complianceNow } from "./assessment.ts";
import { type ListedUpdate, searchUpdates, type UpdateSearch } from "./search.ts";

/** The newest assessment of one machine, as it is to be judged now. */
export interface MachineAssessment {
  compliance: ComplianceState;
  /** Unix milliseconds by the engine's clock; null: never assessed. */
  assessedAt: number | null;
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  rebootReasons: readonly string[];
  counts: Readonly<Counts>;
  installedCount: number;
  packageManager: string | null;
  problems: readonly string[];
}

/** What is known of missing updates. Compliance is judged when it is asked for: it ages. */
export function createUpdateQueries({ store, clock }: { store: Store; clock: Clock }) {
  const judge = (assessment: AssessmentRecord | undefined): MachineAssessment => {
    if (assessment === undefined) {
      const nothing = {
        assessedAt: null,
        listsUpdatedAt: null,
        packageManager: null,
        rebootPending: false,
        rebootReasons: [],
        counts: {},
        installedCount: 0,
        problems: [],
      };
      return { compliance: "notassessed", ...nothing };
    }
    const { receivedAt: assessedAt, listsUpdatedAt, rebootPending, rebootReasons, counts, installedCount, packageManager, problems } = assessment;
    const compliance = complianceNow(assessment, clock.now());
    return { compliance, assessedAt, listsUpdatedAt, rebootPending, rebootReasons, counts, installedCount, packageManager, problems };
  };

  return {
    assessmentOf: async (machineId: string): Promise<MachineAssessment> => judge(await store.read.updates.currentAssessment(machineId)),

    /** Of each of these machines, also of those never assessed. */
    async assessmentsOf(machineIds: readonly string[]): Promise<Map<string, MachineAssessment>> {
      const found = new Map((await store.read.updates.currentAssessments(machineIds)).map((one) => [one.machineId, one]));
      return new Map(machineIds.map((id) => [id, judge(found.get(id))]));
    },

    /** What a runbook sees of one machine's updates. */
    async ofMachine(machineId: string) {
      const { assessedAt, listsUpdatedAt, rebootPending, compliance } = judge(await store.read.updates.currentAssessment(machineId));
      const updates = (await store.read.updates.ofMachine(machineId)).map(({ machineId: _, reported: __, ...update }) => update);
      return { assessedAt, listsUpdatedAt, rebootPending, compliance, updates };
    },

    packages: (machineId: string): Promise<InstalledPackage[]> => store.read.updates.packages(machineId),

    /** Newest first. */
    history: (machineId: string, limit: number): Promise<AssessmentRecord[]> => store.read.updates.history(machineId, limit),

    /** By machine, then by name. @throws SELECTOR_INVALID */
    list: (filter: UpdateSearch): Promise<ListedUpdate[]> => searchUpdates(store, filter),

    /** How many machines of the scopes are in which state. */
    async summary(scopes: readonly Scope[]): Promise<Record<ComplianceState, number> & { machines: number; rebootPending: number }> {
      const ids = (await store.read.machines.list({ scopes })).map((machine) => machine.id);
      const current = new Map((await store.read.updates.currentAssessments(null)).map((one) => [one.machineId, one]));
      const states = Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, 0])) as Record<ComplianceState, number>;
      let rebootPending = 0;
      for (const id of ids) {
        const judged = judge(current.get(id));
        states[judged.compliance]++;
        if (judged.rebootPending) rebootPending++;
      }
      return { ...states, machines: ids.length, rebootPending };
    },
  };
}
export type UpdateQueries = ReturnType<typeof createUpdateQueries>;
