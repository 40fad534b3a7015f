import { activityEntry } from "./access/activity.ts";
import type { Assets } from "./access/assets.ts";
import { defaultScope, requireAction } from "./access/authorize.ts";
import type { Principals } from "./access/principals.ts";
import type { Sealer } from "./access/sealer.ts";
import type { Catalogue } from "./authoring/catalogue.ts";
import { diffVersions } from "./authoring/diff.ts";
import { diffPermissions } from "./authoring/permission-diff.ts";
import type { Receiver } from "./authoring/receive.ts";
import type { BackupRounds } from "./backup/rounds.ts";
import { type CallId, callKey } from "./core/call-id.ts";
import type { Clock } from "./core/clock.ts";
import { rolloutEvent } from "./core/deploy/rollout.ts";
import { PENDING, UNDER_WAY } from "./core/deploy/status.ts";
import { RunwrightError } from "./core/errors.ts";
import type { NewId } from "./core/id.ts";
import { isFinal } from "./core/job.ts";
import type { Json } from "./core/json.ts";
import { changedTags } from "./core/machine.ts";
import type { JsonSchema } from "./core/manifest.ts";
import type { StoredKind } from "./core/resource.ts";
import { isAllowed } from "./core/role.ts";
import { ROOT_SCOPE } from "./core/scope.ts";
import { allOf } from "./core/selector.ts";
import type { DebugParts } from "./debug/sessions.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { Figures } from "./http/figures.ts";
import type { Catalogue as CatalogueOfHttp, Fleet as FleetOfHttp } from "./http/ports.ts";
import type { PreparedJob } from "./jobs/enqueue.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { DocumentKind } from "./resources/document-kind.ts";
import { roleDocument } from "./resources/documents/role.ts";
import { runbookDocument } from "./resources/documents/runbook.ts";
import { storedDocument } from "./resources/documents/stored.ts";
import { variableDocument } from "./resources/documents/variable.ts";
import type { ResourceKind } from "./resources/kind.ts";
import type { PlannerParts } from "./resources/planner.ts";
import type { Audit, RunbookPort } from "./resources/ports.ts";
import type { Resources } from "./resources/resources.ts";
import type { SandboxPorts } from "./sandbox/ports.ts";
import type { Store, Writes } from "./store/store.ts";
import type { Triggers, TriggersParts } from "./triggers/triggers.ts";
import { windowsBrokenBy } from "./updates/deployments/broken.ts";
import type { DeploymentParts } from "./updates/deployments/parts.ts";
import type { FleetViews } from "./updates/fleet/views.ts";
import type { UpdateQueries } from "./updates/queries.ts";
import type { ComplianceReports } from "./updates/report/compliance-reports.ts";
import type { RolloutParts } from "./updates/rollout/ports.ts";
import { createRollout } from "./updates/rollout/rollout.ts";
import { requireUnheld } from "./updates/rollout/unheld.ts";

/**
 * What one part of the engine needs of another, joined: part of the composition root. No rule lives here, only the passing on.
 */
export function joinSandbox(parts: {
  store: Store;
  clock: Clock;
  fleet: Fleet;
  updates: UpdateQueries;
  assets: Assets;
  /** Freezes are read by triggers, which need jobs. */
  freezes(): Triggers["freezes"];
  /** Jobs need the sandbox, and runbooks start jobs: asked for when it is needed. */
  jobs(): Jobs;
  /** Made after the sandbox. */
  reports(): ComplianceReports;
  rounds: Pick<BackupRounds, "run">;
  argsHashKey(jobId: string): Uint8Array;
}): SandboxPorts {
  const { store, clock, fleet, updates, assets } = parts;
  const unheld = (id: CallId, machineId: string) => (tx: Writes) => requireUnheld(tx, id, { machineId, at: clock.now() });
  return {
    fleet: {
      select: fleet.select,
      updates: updates.ofMachine,
      packages: (machineId) => store.read.updates.packages(machineId),
      async report({ selectors, scope, days }) {
        return (await parts.reports().of({ scopes: [scope], selector: allOf(selectors), days })).report;
      },
      exec: (id, machineId, argv, options, onBehalfOf, signal) =>
        fleet.exec({ id: callKey(id), jobId: id.jobId, machineId, argv, options, onBehalfOf, signal }),
      async assess(id, machineId, options, onBehalfOf, signal) {
        await fleet.updates.assess({ id, machineId, onBehalfOf, signal }, options);
        return updates.ofMachine(machineId);
      },
      async install(id, machineId, request, onBehalfOf, signal) {
        return fleet.updates.install({ id, machineId, onBehalfOf, signal, admit: unheld(id, machineId) }, request);
      },
      async reboot(id, machineId, request, onBehalfOf, signal) {
        return fleet.updates.reboot({ id, machineId, onBehalfOf, signal, admit: unheld(id, machineId) }, request);
      },
      async setTags(id, machineId, changes, { jobId, actor, correlationId }) {
        await fleet.machines.tag(machineId, {
          to: (tags) => changedTags(tags, changes),
          call: callKey(id),
          also(tx, machine, to) {
            requireAction(actor, "machine.tag", machine.scope);
            const deed = { operation: "machine.tag", target: `machine:${machine.name}`, scope: machine.scope, details: { from: machine.tags, to, job: jobId } };
            tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed));
          },
        });
      },
    },
    assets,
    ...joinJobs({ store, jobs: parts.jobs }),
    deployments: createRollout(joinRollout(parts)),
    engine: joinEngine(parts),
    keys: { argsHashKey: parts.argsHashKey },
  };
}

/** What the engine itself does for runbooks. */
function joinEngine({ store, clock, rounds }: { store: Store; clock: Clock; rounds: Pick<BackupRounds, "run"> }): SandboxPorts["engine"] {
  return {
    async backup({ actor, jobId, correlationId }, signal) {
      requireAction(actor, "engine.backup", ROOT_SCOPE);
      const done = await rounds.run(signal);
      const { file, bytes, rows, encrypted, removed } = done;
      const details = { job: jobId, file, bytes, rows, encrypted, removed };
      const deed = { operation: "engine.backup", target: "engine", scope: ROOT_SCOPE, details };
      await store.write(async (tx) => tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed)));
      return done;
    },
  };
}

/** What rollouts ask of machines, jobs and freezes. */
export function joinRollout({
  store,
  clock,
  fleet,
  jobs,
  freezes,
}: {
  store: Store;
  clock: Clock;
  fleet: Fleet;
  jobs(): Jobs;
  freezes(): Triggers["freezes"];
}): RolloutParts {
  return {
    store,
    clock,
    freezes: { at: (what, scope, at) => freezes().at(what, scope, at) },
    machines: {
      assess: fleet.updates.assess,
      install: fleet.updates.install,
      rollback: fleet.updates.rollback,
      reboot: fleet.updates.reboot,
      async exec({ id, part, machineId, onBehalfOf, signal }, argv, timeoutMs) {
        const command = `${callKey(id)}.${part}`;
        return fleet.exec({ id: command, jobId: id.jobId, machineId, argv, options: { timeoutMs }, onBehalfOf, signal });
      },
    },
    hookJobs: {
      async start({ id, depth, onBehalfOf }, { runbook, version }, params) {
        const target = await store.read.runbooks.byName(runbook);
        const { properties = {} } = (target && (await store.read.runbooks.version(target.id, version)))?.manifest.parameters ?? {};
        const known = Object.fromEntries(Object.entries(params).filter(([name]) => Object.hasOwn(properties as object, name)));
        const parent = { ...id, depth };
        const { id: jobId } = await joinJobs({ store, jobs }).jobs.start(
          { parent, runbook, version, params: known, secrets: [] },
          { ...onBehalfOf, scope: "" },
        );
        return { id: jobId, createdAt: (await store.read.jobs.get(jobId))?.createdAt ?? clock.now() };
      },
      async wait(jobId, signal) {
        const { status, error } = await jobs().wait(jobId, signal);
        if (!isFinal(status)) signal.throwIfAborted();
        return { status, message: error?.message ?? "" };
      },
      async stop(jobId, { actor }) {
        await jobs().stop(jobId, actor.name);
      },
    },
    audit: (tx, { actor, correlationId, ...deed }) => tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed)),
  };
}

/** What runbooks ask of jobs: to start others, and to wait for them, for people and for events. */
export function joinJobs({ store, jobs }: { store: Store; jobs(): Jobs }): Pick<SandboxPorts, "jobs" | "approvals" | "events"> {
  return {
    jobs: {
      async start({ parent, runbook, version, params, secrets }, { actor, correlationId }) {
        const target = await store.read.runbooks.byName(runbook);
        if (target && !isAllowed(actor, "job.run", target.scope)) {
          throw new RunwrightError("PERMISSION_DENIED", `${actor.name} may not run ${runbook} in ${target.scope}`);
        }
        const job = await jobs().enqueue({
          runbook,
          version: version ?? "latest",
          params,
          secrets,
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
    secrets: {
      openSecret: assets.openSecret,
      requireVisible: (names, scope, actor, reads) => assets.requireVisible({ secrets: names }, scope, actor, reads),
    },
    sealer,
    jobs: { ...jobs.door, stop: (jobId, by) => jobs.stop(jobId, by) },
    audit: (tx, { actor, correlationId, ...deed }) => tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed)),
  };
}

/** What deployments ask of jobs and freezes. */
export function joinDeployments({
  clock,
  jobs,
  triggers,
}: {
  clock: Clock;
  jobs: Jobs;
  triggers: Pick<Triggers, "freezes">;
}): Pick<DeploymentParts<PreparedJob>, "jobs" | "rouse" | "freezes" | "audit"> {
  return {
    // The job lies where its runbook does, which may be above the deployment.
    rouse: async (deploymentId, by) => void (await jobs.events.publish({ name: rolloutEvent(deploymentId), scope: ROOT_SCOPE, payload: null, by })),
    freezes: triggers.freezes,
    jobs: { ...jobs.door, stop: (jobId, by) => jobs.stop(jobId, by) },
    audit: (tx, { actor, correlationId, ...deed }) => tx.activity.append(activityEntry(clock, { actor, address: "local", correlationId }, deed)),
  };
}

/** All that would stop working with another version of a runbook, or without it. */
export const joinBroken = ({ store, triggers }: { store: Store; triggers: Pick<Triggers, "brokenBy"> }) =>
  async function brokenBy(runbook: string, schema: JsonSchema | null, reads: Pick<Store["read"], "resources"> = store.read) {
    return [...(await triggers.brokenBy(runbook, schema, reads)), ...(await windowsBrokenBy(reads, runbook, schema))];
  };

/** How the kinds of resources are told what belongs to them: each area knows the shape of its own documents. */
export const joinKinds = (...areas: readonly { kinds: readonly unknown[] }[]): readonly ResourceKind[] =>
  areas.flatMap(({ kinds }) => kinds) as readonly ResourceKind[];

/** What plans ask of runbooks, variables and roles, and the order in which kinds of documents are made. Another kind is another entry here. */
export function joinPlanner(parts: {
  store: Store;
  clock: Clock;
  newId: NewId;
  resources: Resources;
  triggers: Pick<Triggers, "brokenBy">;
  catalogue: Catalogue;
  receiver: Receiver;
  assets: Assets;
  principals: Principals;
}): PlannerParts {
  const { store, clock, newId, resources, triggers, catalogue, receiver, assets, principals } = parts;
  const audit: Audit = (tx, caller, deed) => tx.activity.append(activityEntry(clock, caller, deed));
  const runbooks: RunbookPort = {
    receive: receiver.receive,
    publish: async (tx, name, scope, received, by) => (await catalogue.publishIn(tx, name, scope, received, by)).version,
    remove: catalogue.deleteIn,
    restore: async (tx, name, by) => void (await catalogue.restoreIn(tx, name, by)),
    compare(before, after) {
      const [was, is] = [before ?? { sources: [], manifest: { ...after.manifest, permissions: {} }, version: 0 }, after];
      const label = `${after.name}@${was.version}`;
      const { files, permissions } = diffVersions({ ...was, label }, { ...is, label: `${after.name}@${was.version + 1}` });
      return { files, permissions: permissions.map(({ text, widened }) => ({ text, widened })) };
    },
    beyond(permissions, manifest) {
      const found = diffPermissions({ ...manifest, permissions }, manifest);
      return found.filter(({ widened }) => widened).map(({ text }) => text);
    },
    requireVisible: (reads, { permissions }, scope, actor) => assets.requireVisible(permissions, scope, actor, reads),
    brokenBy: (reads, runbook, parameters) => joinBroken({ store, triggers })(runbook, parameters, reads),
  };
  const stored = (kind: StoredKind) => resources.kinds.filter((one) => one.kind === kind).map((one) => storedDocument(one, { resources, audit }));
  const kinds = [
    runbookDocument({ runbooks, audit }),
    variableDocument({
      variables: {
        isEncrypted: (asset) => asset.encrypted,
        value: async (reads, { id, version }) => (await assets.openValue(reads.assets, id, version)) ?? null,
        put: (tx, variable, caller) => assets.put(tx, { kind: "variable", ...variable }, caller),
        remove: assets.remove,
      },
    }),
    roleDocument({ roles: { setGrants: async (...args) => void (await principals.setGrantsIn(...args)), changed: principals.changed } }),
    ...stored("Freeze"),
    ...stored("UpdatePolicy"),
    ...stored("MaintenanceWindow"),
    ...stored("Schedule"),
    ...stored("Webhook"),
    ...stored("EventRule"),
  ];
  return { store, clock, newId, kinds: kinds as readonly DocumentKind[], runbooks, audit, defaultScope };
}

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
      await fleet.machines.tag(machineId, { to: () => tags, also });
    },
    async renameMachine(machineId, name, { also }) {
      await fleet.machines.rename(machineId, name, also);
    },
    agentRollout: fleet.agentRollout,
    async removeMachine(machineId, { also }) {
      await fleet.machines.remove(machineId, also);
    },
    sendCommand({ machineId, action, args }, { actor, correlationId, also }) {
      const id = newId("cmd");
      return fleet.commands.enqueue({ id, machineId, action, args, jobId: null, actor, correlationId }, also && { also: (tx) => also(tx, id) });
    },
    waitForCommand: fleet.commands.wait,
    openCommand: fleet.commands.content,
    acceptAgent: fleet.onUpgrade,
  };
}

/** The activity log learns when a debug session ends. */
export function joinDebugging({ store, clock }: { store: Store; clock: Clock }): DebugParts["recordEnd"] {
  return (caller, { jobId, scope, details }) =>
    store.write(async (tx) => tx.activity.append(activityEntry(clock, caller, { operation: "debug.end", target: `job:${jobId}`, scope, details })));
}

/** What `/metrics` tells of all engines of the database: of all scopes, as it names none. */
export function joinFigures({ store, clock, views }: { store: Store; clock: Clock; views: Pick<FleetViews, "overview"> }) {
  return async (): Promise<Figures> => {
    const scopes = [ROOT_SCOPE];
    const [fleet, { failed: _, completed: __, ...jobs }, deployments] = await Promise.all([
      views.overview({ scopes }),
      store.read.jobs.counts({ scopes, endedSince: clock.now() }),
      store.read.deployments.countByStatus(scopes, [...PENDING, ...UNDER_WAY]),
    ]);
    const missing = Object.fromEntries(fleet.updates.byClassification.map(({ classification, count }) => [classification, count]));
    return { jobs, machines: fleet.machines.byCompliance, missing, deployments };
  };
}
