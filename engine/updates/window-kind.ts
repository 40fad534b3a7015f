import type { Clock } from "../core/clock.ts";
import { whyNotCarrier } from "../core/deploy/carrier.ts";
import { windowProblems } from "../core/deploy/check.ts";
import { cursorBefore } from "../core/deploy/occurrences.ts";
import type { MaintenanceWindowSpec } from "../core/deploy/spec.ts";
import { PENDING } from "../core/deploy/status.ts";
import { comingOccurrences } from "../core/deploy/window-preview.ts";
import type { DocumentProblem, ResourceRecord } from "../core/resource.ts";
import { type Actor, isAllowed } from "../core/role.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import { MaintenanceWindowSpec as Shape } from "../protocol/resources/maintenance-window.ts";
import type { Reads, Writes } from "../store/store.ts";
import { deploymentProblems } from "./deployments/broken.ts";
import { endUnstarted } from "./deployments/moves.ts";
import { machinesOf, zonesOf } from "./window-machines.ts";
import type { WindowOutlooks } from "./window-outlook.ts";
import { effectOf, runbookPlaces, settingsOf, type WindowRecord } from "./window-record.ts";

const MOST_PENDING = 1_000;

/** Maintenance windows as resources: what this area tells `resources` about them. */
export function windowKind({ clock, outlooks }: { clock: Clock; outlooks: WindowOutlooks }) {
  return {
    kind: "MaintenanceWindow",
    noun: "windows",
    command: "window",
    schema: Shape,
    actions: { read: "window.read", write: "window.write" },
    runbooks: (spec: MaintenanceWindowSpec): string[] => runbookPlaces(spec).map(({ runbook }) => runbook),
    runbookPaths: (spec: MaintenanceWindowSpec): string[] => runbookPlaces(spec).map(({ path }) => path),
    effect: settingsOf,
    secrets: (spec: MaintenanceWindowSpec): string[] => (spec.notify ? [spec.notify.secret] : []),
    advice: (reads: Reads, window: { name: string; scope: Scope; spec: MaintenanceWindowSpec }): Promise<string[]> => outlooks.warnings(reads, window),

    async check(
      { scope, spec }: { name: string; scope: Scope; spec: MaintenanceWindowSpec },
      { reads, actor, before }: { reads: Reads; actor: Actor; before: ResourceRecord | undefined },
    ): Promise<DocumentProblem[]> {
      const problems = windowProblems(spec, clock.now(), before?.spec as MaintenanceWindowSpec | undefined);
      for (const { path, runbook } of runbookPlaces(spec)) {
        const isCarrier = path === "/runbook";
        const found = await runbookProblems(runbook, { reads, actor, scope, isCarrier, isDefault: isCarrier && spec.runbook === undefined });
        problems.push(...found.map((message) => ({ path, message })));
      }
      return problems;
    },

    async states(reads: Reads, windows: readonly WindowRecord[]): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
      const found = new Map<string, Readonly<Record<string, unknown>>>();
      for (const window of windows) {
        const { id, scope, spec } = window;
        if (spec.enabled === false) continue;
        const machines = spec.timeZone === "machine" ? await machinesOf(reads, scope, spec) : [];
        const now = clock.now();
        const next = comingOccurrences(spec, { from: now, zones: zonesOf(spec, machines) }).find(({ opensAt }) => opensAt > now);
        // Who lists many doesn't wait for what each of them has in common with all others.
        const warnings = windows.length === 1 ? await outlooks.warnings(reads, window) : [];
        found.set(id, { ...(next ? { nextAt: new Date(next.opensAt).toISOString() } : {}), ...(warnings.length > 0 ? { warnings } : {}) });
      }
      return found;
    },

    async stored(tx: Writes, window: WindowRecord, before: WindowRecord | undefined): Promise<void> {
      if (before && effectOf(before.spec) === effectOf(window.spec)) return;
      const now = clock.now();
      // What has opened before the change doesn't open once more; what is planned already is found by its key, and planned anew where it differs.
      if (window.spec.enabled === false) await tx.windowTimers.delete(window.id);
      else await tx.windowTimers.put({ resourceId: window.id, decidedTo: cursorBefore(window.spec, now), since: now, nextAt: now });
    },

    async removed(tx: Writes, window: WindowRecord): Promise<void> {
      for (const { id } of await tx.deployments.ofWindow(window.id, PENDING, MOST_PENDING)) {
        const found = await tx.deployments.lock(id);
        if (!found || !PENDING.includes(found.status)) continue;
        await endUnstarted(tx, found, { to: "aborted", reason: "its window was deleted", at: clock.now() });
      }
    },
  } as const;
}
export type WindowKind = ReturnType<typeof windowKind>;

/** Why a window of this scope can't start a runbook; whoever can't see it learns nothing. */
async function runbookProblems(
  name: string,
  { reads, actor, scope, isCarrier, isDefault }: { reads: Reads; actor: Actor; scope: Scope; isCarrier: boolean; isDefault: boolean },
): Promise<string[]> {
  const runbook = await reads.runbooks.byName(name);
  const version = runbook && runbook.latestVersion > 0 ? await reads.runbooks.version(runbook.id, runbook.latestVersion) : undefined;
  // What only carries deployments out is there for all below it, also for those who see nothing else up there.
  const isShared =
    isCarrier && runbook && version && !scopeIncludes(scope, runbook.scope) && !whyNotCarrier(scope, { ...runbook, permissions: version.manifest.permissions });
  const isVisible = runbook && (isShared || isAllowed(actor, "runbook.read", runbook.scope) || isAllowed(actor, "job.run", runbook.scope));
  if (!runbook || !isVisible)
    return isDefault
      ? [
          `there is no runbook "${name}", which carries deployments out unless another one is named; publish runbooks/update-management/deploy.ts, or name yours`,
        ]
      : [`there is no runbook "${name}"; publish it first`];
  if (runbook.deletedAt !== null) return [`runbook "${name}" was deleted; restore it with \`runwright runbook restore ${name}\``];
  if (!version) return [`runbook "${name}" isn't published yet; publish it first`];
  if (isCarrier) {
    const why = whyNotCarrier(scope, { ...runbook, permissions: version.manifest.permissions });
    if (why !== undefined) return [why];
  } else if (!scopeIncludes(scope, runbook.scope))
    return [`runbook "${name}" lies in ${runbook.scope}, outside of ${scope}: a hook starts runbooks of its window's scope and below`];
  if (!isShared && !isAllowed(actor, "job.run", runbook.scope)) return [`${actor.name} may not run ${name} in ${runbook.scope}, so no window of theirs may`];
  return isCarrier ? deploymentProblems(name, version.manifest.parameters).map(({ message }) => message) : [];
}
