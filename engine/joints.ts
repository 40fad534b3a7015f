import { activityEntry } from "./access/activity.ts";
import type { Assets } from "./access/assets.ts";
import type { Sealer } from "./access/sealer.ts";
import type { Catalogue } from "./authoring/catalogue.ts";
import { diffVersions } from "./authoring/diff.ts";
import { callKey } from "./core/call-id.ts";
import type { Clock } from "./core/clock.ts";
import { RunwrightError } from "./core/errors.ts";
import type { NewId } from "./core/id.ts";
import type { Json } from "./core/json.ts";
import { isAllowed } from "./core/role.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { Catalogue as CatalogueOfHttp, Fleet as FleetOfHttp, Health } from "./http/ports.ts";
import type { PreparedJob } from "./jobs/enqueue.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { ResourceKind } from "./resources/kind.ts";
import type { SandboxPorts } from "./sandbox/ports.ts";
import type { RunningSandbox } from "./sandbox/sandbox.ts";
import type { Store } from "./store/store.ts";
import type { Triggers, TriggersParts } from "./triggers/triggers.ts";
import type { UpdateQueries } from "./updates/queries.ts";

/**
 * What one part of the engine needs of another, joined: part of the composition root. No rule lives here, only the passing on.
 */
export function joinSandbox(parts: {
  store: Store;
  fleet: Fleet;
  updates: UpdateQueries;
  assets: Assets;
  /** Jobs need the sandbox, and runbooks start jobs: asked for when it is needed. */
  jobs(): Jobs;
  argsHashKey(jobId: string): Uint8Array;
}): SandboxPorts {
  const { store, fleet, updates, assets } = parts;
  return {
    fleet: {
      select: fleet.select,
      updates: updates.ofMachine,
      packages: (machineId) => store.read.updates.packages(machineId),
      exec: (id, machineId, argv, options, onBehalfOf, signal) => fleet.exec({ id, machineId, argv, options, onBehalfOf, signal }),
    },
    assets,
    ...joinJobs({ store, jobs: parts.jobs }),
    keys: { argsHashKey: parts.argsHashKey },
  };
}

/** What runbooks ask of jobs: to start others, and to wait for them, for people and for events. */
export function joinJobs({ store, jobs }: { store: Store; jobs(): Jobs }): Pick<SandboxPorts, "jobs" | "approvals" | "events"> {
  return {
    jobs: {
      async start({ parent, runbook, version, params }, { actor, correlationId }) {
        const target = await store.read.runbooks.byName(runbook);
        if (target && !isAllowed(actor, "job.run", target.scope)) {
          throw new RunwrightError("PERMISSION_DENIED", `${actor.name} may not run ${runbook} in ${target.scope}`);
        }
        const job = await jobs().enqueue({
          runbook,
          version: version ?? "latest",
          params,
          trigger: "job",
          dry: false,
          actor,
          correlationId,
          parent: { id: parent.jobId, depth: parent.depth },
          idempotencyKey: `child ${callKey(parent)}`,
        });
        return { id: job.id };
      },
      async wait(jobId, signal) {
        const job = await jobs().wait(jobId, signal);
        const entries = await store.read.streams.list(jobId, { after: job.streamBase, limit: 100_000 });
        const outputs = entries.flatMap((entry) => (entry.kind === "output" ? [entry.value as Json] : []));
        const { id, runbook, version, status, failureCode, error } = job;
        return { id, runbook, version, status, failureCode, error, outputs };
      },
    },
    approvals: {
      request: (id, request, onBehalfOf) => jobs().approvals.request(id, request, onBehalfOf),
      outcome: (approvalId, signal) => jobs().approvals.outcome(approvalId, signal),
    },
    events: {
      find: (query) => jobs().events.find(query),
      next: (name, until, signal) => jobs().events.next(name, until, signal),
    },
  };
}

/** What triggers ask of jobs, and of access. */
export function joinTriggers({
  clock,
  jobs,
  assets,
  sealer,
}: {
  clock: Clock;
  jobs: Jobs;
  assets: Assets;
  sealer: Sealer;
}): Pick<TriggersParts<PreparedJob>, "jobs" | "audit" | "secrets" | "sealer"> {
  return {
    secrets: assets,
    sealer,
    jobs: { ...jobs.door, stop: (jobId, by) => jobs.stop(jobId, by) },
    audit: (tx, { actor, correlationId, ...deed }) => tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed)),
  };
}

/** How the kinds of resources are told what belongs to them: each area knows the shape of its own documents. */
export const joinKinds = (triggers: Pick<Triggers, "kinds">): readonly ResourceKind[] => triggers.kinds as readonly unknown[] as readonly ResourceKind[];

export function joinCatalogue(catalogue: Catalogue): CatalogueOfHttp {
  return {
    ...catalogue,
    async diff(name, from, to) {
      const [before, after] = await Promise.all([catalogue.version(name, from), catalogue.version(name, to)]);
      const content = ({ version, sources, manifest }: typeof before) => ({ label: `${name}@${version}`, sources, manifest });
      return diffVersions(content(before), content(after));
    },
  };
}

export function joinFleet({ fleet, newId }: { fleet: Fleet; newId: NewId }): FleetOfHttp {
  return {
    joinTokens: fleet.joinTokens,
    async setTags(machineId, tags, { also }) {
      const { tags: before } = await fleet.machines.get(machineId);
      const remove = Object.keys(before).filter((name) => !Object.hasOwn(tags, name));
      await fleet.machines.tag(machineId, { set: tags, remove }, also);
    },
    async removeMachine(machineId, { also }) {
      await fleet.machines.remove(machineId, also);
    },
    sendCommand({ machineId, action, args }, { actor, correlationId, also }) {
      const id = newId("cmd");
      const request = { id, machineId, action: action === "assess" ? "inventory" : action, args, jobId: null, actor, correlationId };
      return fleet.commands.enqueue(request, also && ((tx) => also(tx, id)));
    },
    waitForCommand: fleet.commands.wait,
    openCommand: fleet.commands.content,
    acceptAgent: fleet.onUpgrade,
  };
}

/** What `/readyz` answers. */
export function joinHealth(parts: { store: Store; sandbox: RunningSandbox; jobs: Pick<Jobs, "running" | "warnings">; connected(): number }): Health {
  const { store, sandbox, jobs, connected } = parts;
  return {
    async readiness() {
      const database = await store.ping().then(
        () => ({ name: "database", ok: true, detail: describe(store) }),
        (error: unknown) => ({ name: "database", ok: false, detail: error instanceof Error ? error.message : String(error) }),
      );
      const { runners, boundary } = sandbox.describe();
      const ready = runners.filter((runner) => runner.isReady).length;
      const checks = [
        database,
        { name: "runners", ok: ready > 0, detail: `${ready} of ${runners.length} are ready, ${jobs.running()} jobs run` },
        { name: "boundary", ok: true, detail: boundary.holds.join("; ") || "none" },
        { name: "agents", ok: true, detail: `${connected()} are connected to this engine` },
      ];
      return { ready: checks.every((check) => check.ok), checks, warnings: [...boundary.warnings, ...jobs.warnings()] };
    },
  };
}

function describe(store: Store): string {
  const { kind, schemaVersion } = store.describe();
  return `${kind}, schema version ${schemaVersion}`;
}
