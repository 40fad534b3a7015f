import type { Clock } from "../core/clock.ts";
import type { MissingUpdate } from "../core/update.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";
import type { Store, Writes } from "../store/store.ts";
import { complianceOf, countUpdates } from "./assessment.ts";
import { criticalOf, newlyCritical } from "./critical.ts";
import type { Enrichment } from "./enrichment.ts";
import { createPolicyJudge, type Judgement } from "./policy-judge.ts";
import type { Log } from "./ports.ts";

/** Machines in one transaction: others write meanwhile. */
const AT_ONCE = 10;
/** What an import of vulnerability data writes as the time at which a machine is to be judged anew. */
const DATA_CHANGED = 0;
const LOOK_MS = 1_000;
const PURGE_MS = 3_600_000;
/** An update that is missing nowhere any more is forgotten after this time; should it come back, its clock begins anew. */
const FIRST_SEEN_KEPT_MS = 180 * 86_400_000;
const PURGED_AT_ONCE = 500;

/**
 * Judges machines anew when what policies say of them has changed without a report: an exemption or a deferral ends, a policy or its scope changes, a machine is moved,
 * renamed or tagged. What is to be judged is written in the transaction that changes it, and crossed out in the one that judges: a crash forgets nothing. Several engines
 * share the work by the locks of its rows; who finds a row locked leaves it.
 */
export function createJudging({ store, clock, enrichment, log }: { store: Store; clock: Clock; enrichment: Enrichment; log: Log }) {
  const { judgeMany } = createPolicyJudge();
  const timers: NodeJS.Timeout[] = [];
  let endHearing = () => {};
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  async function judgeAll(tx: Writes, machines: readonly MachineRecord[], only: (assessment: { judgeAgainAt: number | null }) => boolean): Promise<number> {
    const now = clock.now();
    const assessed = new Map((await tx.updates.currentAssessments(machines.map(({ id }) => id))).filter(only).map((one) => [one.machineId, one]));
    const stored = await tx.verdicts.updatesOf([...assessed.keys()]);
    const cases: { machine: MachineRecord; assessment: AssessmentRecord; updates: UpdateRecord[]; critical: MissingUpdate[] }[] = [];
    for (const machine of machines) {
      const assessment = assessed.get(machine.id);
      if (!assessment) continue;
      const known = stored.get(machine.id) ?? [];
      // Data of vulnerabilities may be why it is judged anew; when it is the same, this is quick.
      const updates = assessment.judgeAgainAt === DATA_CHANGED ? await enrichment.again(tx, machine, known) : known;
      cases.push({ machine, assessment, updates, critical: updates === known ? [] : newlyCritical(known, updates) });
    }
    const judgements = await judgeMany(tx, cases, now);
    const results = cases.map((one, i) => ({ ...one, judgement: judgements[i] as Judgement<UpdateRecord> }));
    await tx.verdicts.put(results.flatMap(({ updates, judgement }) => changesOf(updates, judgement)));
    await tx.verdicts.putAssessments(
      results.map(({ assessment, updates, judgement: { verdicts, missing, judgeAgainAt } }) => {
        return { id: assessment.id, counts: countUpdates(updates), verdicts, judgeAgainAt, compliance: complianceOf({ ...assessment, missing }, now) };
      }),
    );
    for (const { machine, assessment, critical, judgement } of results) {
      if (critical.length === 0) continue;
      const { id } = assessment;
      const compliance = complianceOf({ ...assessment, missing: judgement.missing }, now);
      await tx.happenings.tell(criticalOf(machine, { id, compliance }, critical, { correlationId: id, depth: 0, at: now, because: "data" }));
    }
    return cases.length;
  }

  /** Machines whose time has come. @returns how many were looked at */
  async function judgeDue(): Promise<number> {
    const ids = await store.read.judgings.due(clock.now(), AT_ONCE);
    if (ids.length === 0) return 0;
    return store.writeApart(async (tx) =>
      judgeAll(tx, await tx.judgings.holdFree(ids), ({ judgeAgainAt }) => judgeAgainAt !== null && judgeAgainAt <= clock.now()),
    );
  }

  /** Some machines of a scope whose policies have changed. @returns whether there may be more to do at once */
  async function judgeScope(): Promise<boolean> {
    if ((await store.read.judgings.scopes()).length === 0) return false;
    return store.writeApart(async (tx) => {
      const work = await tx.judgings.take();
      if (!work) return false;
      if (work.after === "") await tx.judgings.join(work);
      const next = await tx.judgings.machinesAfter(work.scope, work.after, AT_ONCE);
      const wanted = [...work.left, ...next];
      const held = await tx.judgings.holdFree(wanted);
      await judgeAll(
        tx,
        held.filter(({ removedAt }) => removedAt === null),
        () => true,
      );
      const got = new Set(held.map(({ id }) => id));
      // Somebody is writing about these, and may know the old policies only: they are judged when that is done.
      const left = wanted.filter((id) => !got.has(id));
      if (next.length < AT_ONCE && left.length === 0) await tx.judgings.end(work.id);
      else await tx.judgings.proceed(work.id, { after: next.at(-1) ?? work.after, left });
      return next.length > 0 || got.size > 0;
    });
  }

  /** Does what there is to do. @returns how many machines were judged because of their time */
  async function tick(): Promise<number> {
    let judged = 0;
    while (!stopped) {
      const due = await judgeDue();
      judged += due;
      const more = await judgeScope();
      if (due === 0 && !more) return judged;
    }
    return judged;
  }

  function look(): void {
    again = running !== null;
    if (running || stopped) return;
    running = tick()
      .then(() => {})
      .catch((error) => log.error({ err: error }, "machines couldn't be judged by their policies; tried again in a moment"))
      .finally(() => {
        running = null;
        if (again) look();
      });
  }

  async function purge(): Promise<void> {
    while (!stopped && (await store.write((tx) => tx.firstSeen.purge(clock.now() - FIRST_SEEN_KEPT_MS, PURGED_AT_ONCE))) > 0);
  }

  return {
    tick,
    purge,
    start(): void {
      store.onDue(look);
      endHearing = store.onNotice((notice) => notice.triggered && look());
      timers.push(setInterval(look, LOOK_MS));
      timers.push(
        setInterval(
          () => void purge().catch((error) => log.error({ err: error }, "old first-seen times couldn't be removed; tried again in an hour")),
          PURGE_MS,
        ),
      );
      look();
    },
    async stop(): Promise<void> {
      stopped = true;
      endHearing();
      for (const one of timers) clearInterval(one);
      await running;
    },
  };
}
export type Judging = ReturnType<typeof createJudging>;

const changesOf = (before: readonly UpdateRecord[], { updates }: Judgement<UpdateRecord>) =>
  updates.filter(({ verdict, dueAt }, i) => verdict !== before[i]?.verdict || dueAt !== before[i]?.dueAt);
