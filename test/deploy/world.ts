import assert from "node:assert/strict";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import type { MissingUpdate } from "../../engine/core/update.ts";
import type { Verdict } from "../../engine/core/update-policy.ts";
import type { MachineRecord } from "../../engine/store/records/machines.ts";
import { aCommand } from "../contract/rows.ts";
import { rig } from "../http/rig.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { publish } from "../triggers/world.ts";
import { aMember, anUpdate } from "../updates/reports.ts";

export const HOUR = 3_600_000;
/** Open from 02:00 to 04:00 UTC each day, for all machines, without approval. */
export const NIGHTLY: MaintenanceWindowSpec = { cron: "0 2 * * *", timeZone: "UTC", duration: "2h", runbook: "roll" };

export interface AssessedMachine extends Partial<MachineRecord> {
  missing?: readonly (Partial<MissingUpdate> & { name: string; verdict?: Verdict })[];
  /** Default: now; null: never. */
  assessedAt?: number | null;
  rebootPending?: boolean;
  zone?: string;
  problems?: readonly string[];
}

/** An engine whose clock stands still, with a runbook that waits until somebody stops it or says `go`. */
export async function deployWorld(
  start: string,
  { address, engineId, clock = testClock(start) }: { address?: string; engineId?: string; clock?: TestClock } = {},
) {
  const all = await rig({ clock, ...(address === undefined ? {} : { address }), ...(engineId === undefined ? {} : { engineId }) });
  return { ...all, clock, ...actions(all, clock) };
}
export type DeployWorld = Awaited<ReturnType<typeof deployWorld>>;

const PARAMETERS = `parameters: { type: "object", properties: { deployment: { type: "string" } }, required: ["deployment"] },`;

export async function publishRoll(all: Pick<DeployWorld, "ask">): Promise<void> {
  await publish(all, "roll", `async ({ waitFor, params }) => { await waitFor("go-" + params.deployment, { timeout: "300d" }); }`, PARAMETERS);
  await publish(all, "quick", "async ({ output, params }) => output(params.deployment)", PARAMETERS);
}

function actions(all: Awaited<ReturnType<typeof rig>>, clock: TestClock) {
  const { store, ask } = all;
  let sequence = 0;
  return {
    /** A machine that the engine knows, with what its agent last reported. */
    async machine(
      name: string,
      { missing = [{ name: "openssl" }], assessedAt, rebootPending = false, zone, problems = [], ...fields }: AssessedMachine = {},
    ): Promise<string> {
      const id = `mch_${name}`;
      const at = assessedAt === undefined ? clock.now() : assessedAt;
      const member = aMember(id, name, fields);
      await store.write(async (tx) => {
        await tx.machines.insert({ ...member, facts: member.facts && { ...member.facts, ...(zone === undefined ? {} : { timeZone: zone }) } });
        if (at === null) return;
        await tx.updates.insertAssessment({
          ...{ id: `asm_${name}`, machineId: id, packageManager: "apt", sequence: ++sequence, collectedAt: at, receivedAt: at, listsUpdatedAt: at },
          ...{ rebootPending, rebootReasons: [], compliance: "noncompliant", counts: {}, problems, installedCount: 100, digest: null },
          ...{ verdicts: { approved: missing.length }, judgeAgainAt: null },
        });
        const rows = missing.map(({ verdict = "approved", ...update }) => ({
          ...anUpdate(update.name, "1.1", update),
          ...{ machineId: id, firstSeenAt: at, verdict, dueAt: null, reported: null, exploitedSince: null, epss: null },
        }));
        await tx.updates.replaceUpdates(id, rows);
      });
      return id;
    },

    async window(name: string, spec: Partial<MaintenanceWindowSpec> = {}, more: object = {}) {
      const answer = await ask("PUT", `/api/v1/windows/${name}`, { body: { spec: { ...NIGHTLY, ...spec }, ...more } });
      assert.ok(answer.status === 200 || answer.status === 201, answer.text);
      return answer.body;
    },

    /** Lets time pass, and one round. */
    async pass(duration: Temporal.DurationLike): Promise<void> {
      clock.advance(duration);
      await all.deployments.tick();
    },

    /** Of all deployments, oldest first. */
    async rows(window?: string) {
      const { body } = await ask("GET", `/api/v1/deployments?limit=500${window === undefined ? "" : `&window=${window}`}`);
      return (body.items as any[]).toReversed();
    },
    async only() {
      const { body } = await ask("GET", "/api/v1/deployments?limit=2");
      assert.equal(body.items.length, 1, JSON.stringify(body.items));
      return (await ask("GET", `/api/v1/deployments/${body.items[0].id}`)).body;
    },
    /** An install that a machine has taken in its turn. @returns what ends it */
    async installs(deploymentId: string, machineId: string): Promise<() => Promise<void>> {
      const [id, now] = [`cmd_${machineId}`, clock.now()];
      const command = aCommand({ id, machineId, action: "install", createdAt: now, sentAt: now, acknowledgedAt: now, deadlineAt: now + 12 * HOUR });
      await store.write(async (tx) => {
        await tx.commands.insert({ ...command, status: "acknowledged" });
        await tx.deployments.takeMachine(machineId, deploymentId, now);
        await tx.deployments.patchMachine({ deploymentId, machineId }, { status: "InProgress", checkedAt: now, installCommand: id });
      });
      return () => store.write((tx) => tx.commands.patch(id, { status: "completed", endedAt: clock.now() }));
    },
    machines: async (id: string, query = "") => (await ask("GET", `/api/v1/deployments/${id}/machines?limit=500${query}`)).body.items as any[],

    async post(path: string, body: object = {}, token?: string) {
      return ask("POST", `/api/v1${path}`, { body, ...(token === undefined ? {} : { token }) });
    },
    /** Lets the job of a deployment end well. */
    async finish({ id, jobId }: { id: string; jobId: string }) {
      await ask("POST", `/api/v1/events/go-${id}`, { body: { payload: null } });
      const { body } = await ask("GET", `/api/v1/jobs/${jobId}?wait=20s`);
      assert.equal(body.status, "completed", JSON.stringify(body));
    },
  };
}
