import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { type DocumentProblem, STARTING_KINDS, type Starter, type StartingKind } from "../core/resource.ts";
import type { Scope } from "../core/scope.ts";
import type { Run } from "../core/trigger.ts";
import type { Store, Writes } from "../store/store.ts";
import { createFiring } from "./firing.ts";
import { freezeKind } from "./freeze-kind.ts";
import { createFreezes } from "./freezes.ts";
import { createFresh } from "./fresh.ts";
import type { Audit, JobDoor, Log, PreparedJob, Sealer, Secrets } from "./ports.ts";
import { ruleKind } from "./rule-kind.ts";
import { createRules } from "./rules.ts";
import { parameterProblems } from "./runs.ts";
import { scheduleKind } from "./schedule-kind.ts";
import { createScheduler } from "./scheduler.ts";
import { createWaiting } from "./waiting.ts";
import { signedWith } from "./webhooks/signed-with.ts";
import { createWebhooks } from "./webhooks/webhooks.ts";

const LOOK_MS = 1_000;
const CANCEL_MS = 30_000;
const PURGE_MS = 3_600_000;
/** What became of occurrences is kept as long as jobs are asked about: a quarter of a year. */
const KEPT_MS = 90 * 86_400_000;
/** What happened is known as long: it is told once. */
const HAPPENINGS_KEPT_MS = KEPT_MS;
/** Rows that go in one transaction: others write meanwhile. */
const PURGED_AT_ONCE = 500;

export interface TriggersParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  newId: NewId;
  jobs: JobDoor<Prepared>;
  audit: Audit;
  secrets: Secrets;
  sealer: Sealer;
  log: Log;
}

export interface BrokenTrigger {
  kind: StartingKind;
  name: string;
  scope: Scope;
  problems: DocumentProblem[];
}

/** What asks for jobs without a person: schedules, webhooks and event rules, held back by freezes. */
export function createTriggers<Prepared extends PreparedJob>(parts: TriggersParts<Prepared>) {
  const { store, clock, log } = parts;
  const fresh = createFresh(parts);
  const freezes = createFreezes({ ...parts, fresh });
  const firing = createFiring(parts);
  const scheduler = createScheduler({ ...parts, firing, freezes });
  const rules = createRules({ ...parts, firing, freezes });
  const waiting = createWaiting({ ...parts, firing, freezes });
  const webhooks = createWebhooks({ ...parts, firing, freezes, fresh });
  const timers: NodeJS.Timeout[] = [];
  const under = new Set<Promise<unknown>>();
  let endHearing = () => {};
  let stopped = false;

  /** One at a time of each; none after the stop. */
  function alone(what: string, work: () => Promise<unknown>): () => void {
    let running = false;
    let again = false;
    return function run() {
      if (stopped) return;
      again = running;
      if (running) return;
      running = true;
      const one = work()
        .catch((error) => log.error({ err: error }, `${what} failed; tried again in a moment`))
        .finally(() => {
          running = false;
          under.delete(one);
          if (again) run();
        });
      under.add(one);
    };
  }
  const lookAtRules = alone("looking at what happened", rules.tick);
  const lookAtWaiting = alone("starting what waits for earlier jobs", waiting.tick);

  return {
    kinds: [scheduleKind(parts), webhooks.kind, ruleKind(parts), freezeKind] as const,
    freezes,
    firing,
    scheduler,
    rules,
    waiting,
    webhooks,

    /** Which resources would stop working: with a new version's schema, those that start the newest one with parameters that it doesn't take; without any, all that start it. */
    async brokenBy(runbook: string, schema: JsonSchema | null, reads: Pick<Store["read"], "resources"> = store.read): Promise<BrokenTrigger[]> {
      const found = (await reads.resources.startingRunbook(runbook)).filter(({ kind }) => STARTING_KINDS.some((one) => one === kind)) as Starter<{
        runs: readonly Run[];
      }>[];
      return found.flatMap(({ kind, name, scope, spec }) => {
        const problems = spec.runs.flatMap((run, i): DocumentProblem[] => {
          if (run.runbook !== runbook || (schema !== null && run.version !== undefined)) return [];
          if (schema === null) return [{ path: `/runs/${i}/runbook`, message: `starts ${runbook}` }];
          return parameterProblems(run, schema, kind).map(({ path, message }) => ({ path: `/runs/${i}${path}`, message }));
        });
        return problems.length > 0 ? [{ kind, name, scope, problems }] : [];
      });
    },

    /** Webhooks that couldn't verify requests any more without this secret. */
    async brokenWithout(secret: { scope: Scope; name: string }): Promise<BrokenTrigger[]> {
      return (await signedWith(store.read, secret)).map(({ kind, name, scope }) => ({
        kind,
        name,
        scope,
        problems: [{ path: "/verify/secret", message: "verifies requests with it" }],
      }));
    },

    async purge(): Promise<void> {
      const part = (work: (tx: Writes) => Promise<number>) => store.write(work);
      while (!stopped && (await part((tx) => tx.occurrences.purge(clock.now() - KEPT_MS, PURGED_AT_ONCE))) > 0);
      while (!stopped && (await part((tx) => tx.happenings.purge(clock.now() - HAPPENINGS_KEPT_MS, PURGED_AT_ONCE))) > 0);
    },

    start(): void {
      const look = () => {
        scheduler.look();
        lookAtRules();
      };
      // First: whoever looks must see what has changed.
      const endFresh = fresh.start();
      store.onDue(look);
      // Each second on a database of several engines, and whenever one of them has told something.
      const endNotices = store.onNotice((notice) => notice.triggered && look());
      endHearing = () => {
        endFresh();
        endNotices();
      };
      timers.push(setInterval(lookAtRules, LOOK_MS), setInterval(lookAtWaiting, LOOK_MS));
      timers.push(setInterval(alone("stopping jobs that are to make room", waiting.cancelBefore), CANCEL_MS));
      timers.push(setInterval(alone("removing old occurrences", this.purge), PURGE_MS));
      timers.push(setInterval(alone("removing old deliveries", webhooks.purge), PURGE_MS));
      look();
    },

    async stop(): Promise<void> {
      stopped = true;
      endHearing();
      for (const one of timers) clearInterval(one);
      rules.stop();
      await scheduler.stop();
      await Promise.all(under);
    },
  };
}
export type Triggers = ReturnType<typeof createTriggers>;
