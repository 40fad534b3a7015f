import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import type { CommandRecord } from "../../engine/store/records/commands.ts";
import type { NewJob } from "../../engine/store/records/jobs.ts";
import type { MachineRecord } from "../../engine/store/records/machines.ts";
import type { Writes } from "../../engine/store/store.ts";

/** A moment, Unix milliseconds. */
export const AT = Date.UTC(2026, 2, 1);

export const aJob = (fields: Partial<NewJob> & { id: string }): NewJob => ({
  runbookId: "run_1",
  runbook: "hello",
  version: 1,
  bundleHash: "b".repeat(64),
  manifest: { summary: "", parameters: {}, permissions: {}, limits: DEFAULT_LIMITS, sharedIsolate: false },
  scope: "/",
  params: {},
  trigger: "manual",
  dry: false,
  actor: { id: "prn_1", kind: "user", name: "ada", grants: [] },
  correlationId: "c1",
  parentId: null,
  depth: 0,
  priority: 0,
  seed: "00",
  wrappedKey: new Uint8Array([1, 2, 3]),
  createdAt: AT,
  idempotencyKey: null,
  ...fields,
});

export const aMachine = (fields: Partial<MachineRecord> & { id: string; name: string }): MachineRecord => ({
  scope: "/",
  state: "offline",
  publicKey: `key of ${fields.id}`,
  tags: {},
  facts: null,
  enrolledAt: AT,
  enrolledBy: "ada",
  lastSeenAt: null,
  engine: null,
  staleSince: null,
  removedAt: null,
  ...fields,
});

export const aCommand = (fields: Partial<CommandRecord> & { id: string }): CommandRecord => ({
  machineId: "mch_1",
  action: "exec",
  wrappedKey: new Uint8Array([1]),
  args: new Uint8Array([2]),
  status: "queued",
  result: null,
  jobId: null,
  actor: { id: "prn_1", kind: "user", name: "ada", grants: [] },
  correlationId: "c1",
  createdAt: AT,
  deadlineAt: AT + 60_000,
  sentAt: null,
  acknowledgedAt: null,
  endedAt: null,
  ...fields,
});

/** What other rows refer to. */
export async function rows(tx: Writes): Promise<void> {
  await tx.machines.insert(aMachine({ id: "mch_1", name: "machine-1" }));
}
