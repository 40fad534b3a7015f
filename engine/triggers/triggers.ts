import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import type { JsonSchema } from "../core/manifest.ts";
import type { DocumentProblem, ResourceRecord, StoredKind } from "../core/resource.ts";
import type { Run } from "../core/trigger.ts";
import type { Store } from "../store/store.ts";
import { createFiring } from "./firing.ts";
import { freezeKind } from "./freeze-kind.ts";
import { createFreezes } from "./freezes.ts";
import type { Audit, JobDoor, Log, PreparedJob, Sealer, Secrets } from "./ports.ts";
import { ruleKind } from "./rule-kind.ts";
import { createRules } from "./rules.ts";
import { parameterProblems } from "./runs.ts";
import { scheduleKind } from "./schedule-kind.ts";
import { createScheduler } from "./scheduler.ts";
import { createWaiting } from "./waiting.ts";
import { createWebhooks } from "./webhooks/webhooks.ts";

const LOOK_MS = 1_000;
const CANCEL_MS = 30_000;
const PURGE_MS = 3_600_000;
/** What became of occurrences is kept as long as jobs are asked about: a quarter of a year. */
const KEPT_MS = 90 * 86_400_000;
/** What happened, for as long as rules may ask whether it did. */
const HAPPENINGS_KEPT_MS = 7 * 86_400_000;

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

/** What asks for jobs without a person: schedules, webhooks and event rules, held back by freezes. */
export function createTriggers<Prepared extends PreparedJob>(parts: TriggersParts<Prepared>) {
  const { store, clock, log } = parts;
  const freezes = createFreezes(parts);
  const firing = createFiring(parts);
  const scheduler = createScheduler({ ...parts, firing, freezes });
  const rules = createRules({ ...parts, firing, freezes });
  const waiting = createWaiting({ ...parts, firing, freezes });
  const webhooks = createWebhooks({ ...parts, firing, freezes });
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

    /** Which resources a new version of a runbook would break: those that start the newest version with parameters that it doesn't take. */
    async brokenBy(
      runbook: string,
      schema: JsonSchema,
      reads: Pick<Store["read"], "resources"> = store.read,
    ): Promise<{ kind: StoredKind; name: string; problems: DocumentProblem[] }[]> {
      const found = (await reads.resources.startingRunbook(runbook)) as ResourceRecord<{ runs: readonly Run[] }>[];
      return found.flatMap(({ kind, name, spec }) => {
        const problems = spec.runs.flatMap((run, i) =>
          run.runbook !== runbook || run.version !== undefined
            ? []
            : parameterProblems(run, schema, kind).map(({ path, message }) => ({ path: `/runs/${i}${path}`, message })),
        );
        return problems.length > 0 ? [{ kind, name, problems }] : [];
      });
    },

    async purge(): Promise<void> {
      await store.write((tx) => tx.occurrences.purge(clock.now() - KEPT_MS));
      await store.write((tx) => tx.happenings.purge(clock.now() - HAPPENINGS_KEPT_MS));
    },

    start(): void {
      const look = () => {
        scheduler.look();
        lookAtRules();
      };
      store.onTriggered(look);
      // Each second on a database of several engines, and whenever one of them has told something.
      endHearing = store.onNotice((notice) => notice.triggered && look());
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
      await scheduler.stop();
      await Promise.all(under);
    },
  };
}
export type Triggers = ReturnType<typeof createTriggers>;
