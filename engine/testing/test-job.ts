import type { Json } from "../core/json.ts";
import type { FakeClock } from "../sdk/testing/clock.ts";
import type { AskedApproval, FakeApproval } from "../sdk/testing/fake-approvals.ts";
import type { MachineNow, SentCommand } from "../sdk/testing/fake-fleet.ts";
import { type PermissionReport, reportOf } from "../sdk/testing/permissions.ts";
import type { JournalEntry, TestRecord } from "../sdk/testing/record.ts";
import type { JobEnd, StartedJob } from "./start-job.ts";

/** A job that has ended. A runbook that fails doesn't throw: look at `status`. */
export interface TestJob extends TestRecord, JobEnd {
  readonly runbook: string;
  readonly params: unknown;
  /** Job time, Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What machines were told to do, in order. */
  readonly commands: readonly SentCommand[];
  /** How machines are at the end, by name. */
  readonly machines: Readonly<Record<string, MachineNow>>;
  /** Of this run. */
  readonly permissions: PermissionReport;
  /** What the runbook did, in the order in which it did it. */
  readonly journal: readonly JournalEntry[];
}

/** A job that the test drives by hand. Each of these acts when the job has come to rest, and comes back when it rests again. */
export interface RunningTestJob {
  readonly clock: FakeClock;
  /** So far. */
  readonly record: TestRecord & { readonly commands: readonly SentCommand[] };
  /** Calls that it waits for, such as `sleep`, `approval`, `events.wait`; empty: it has ended. */
  waits(): Promise<readonly { op: string; args: Json }[]>;
  /** What it asks people and nobody has decided, where `approvals` is `byHand`. */
  asked(): Promise<readonly AskedApproval[]>;
  approve(how?: Omit<FakeApproval, "decision" | "after">): Promise<void>;
  reject(how?: Omit<FakeApproval, "decision" | "after" | "answers">): Promise<void>;
  publish(event: string, payload?: Json): Promise<void>;
  machine(name: string): MachineNow;
  goOffline(name: string): void;
  comeBack(name: string): void;
  stop(): Promise<TestJob>;
  /** Rejects when nobody moves its clock for ten seconds while it waits. */
  readonly ended: Promise<TestJob>;
}

export interface Told {
  job: StartedJob;
  runbook: string;
  params: unknown;
  startedAt: number;
  now: () => number;
}

export function endedJob({ job, runbook, params, startedAt, now }: Told): Promise<TestJob> {
  const { recorder, world, manifest, needed } = job;
  return job.ended.then((end) => ({
    ...end,
    ...recorder.record,
    ...{ runbook, params, startedAt, endedAt: now() },
    commands: world.fleet.sent,
    machines: world.fleet.now(),
    permissions: reportOf(manifest.permissions, needed),
    journal: recorder.entries,
  }));
}

export function runningJob(job: StartedJob, ended: Promise<TestJob>, clock: FakeClock): RunningTestJob {
  const { world, recorder } = job;
  const acting = async (act: () => void) => {
    await job.quiet();
    act();
    await job.quiet();
  };
  return {
    ...{ clock, ended },
    record: { ...recorder.record, commands: world.fleet.sent },
    async waits() {
      await job.quiet();
      return job.open().flatMap((entry) => (entry.kind === "call" ? [{ op: entry.op, args: entry.args }] : []));
    },
    async asked() {
      await job.quiet();
      return world.approvals.pending();
    },
    approve: (how = {}) => acting(() => world.approvals.decide({ ...how, decision: "approve" })),
    reject: (how = {}) => acting(() => world.approvals.decide({ ...how, decision: "reject" })),
    publish: (event, payload = null) => acting(() => world.events.publish(event, payload)),
    machine(name) {
      const found = world.fleet.now()[name];
      if (found === undefined) throw new RangeError(`there is no machine "${name}" in this test`);
      return found;
    },
    goOffline: (name) => world.fleet.setState(name, "offline"),
    comeBack: (name) => world.fleet.setState(name, "online"),
    async stop() {
      job.stop();
      return ended;
    },
  };
}
