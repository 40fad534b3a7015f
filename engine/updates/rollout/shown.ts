import { nameOfHook } from "../../core/deploy/hooks.ts";
import type { RolloutControl, RolloutView } from "../../core/deploy/rollout.ts";
import { failedOf } from "../../core/deploy/rollout-outcome.ts";
import { WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { parseDuration } from "../../core/duration.ts";
import { deploymentOf } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/** What the runbook sees of its deployment. Updates are shown machine by machine: a fleet's are too many for one answer. */
export function createShown({ store, clock }: Pick<RolloutParts, "store" | "clock">) {
  return {
    async get(call: RolloutCall): Promise<RolloutView> {
      const { id, window, scope, spec, opensAt, closesAt, allowedFailures } = await deploymentOf(store.read, call);
      const machines = (await store.read.deployments.machines(id)).map(({ machineId, name, wave, opensAt, closesAt, plan: { updates, expected, reboot } }) => ({
        ...{ id: machineId, name, wave, opensAt, closesAt },
        ...{ updates: updates.length, expected, expectedReboot: reboot },
      }));
      const { maxParallel = WINDOW_DEFAULTS.maxParallel, soak = WINDOW_DEFAULTS.soak, hooks = [], notify } = spec;
      return {
        ...{ id, window, scope, opensAt, closesAt, allowedFailures, maxParallel },
        soakMs: parseDuration(soak),
        waves: [...Map.groupBy(machines, ({ wave }) => wave).entries()].sort(([a], [b]) => a - b).map(([, wave]) => wave),
        hooks: hooks.map((hook, index) => ({ index, at: hook.at, what: nameOfHook(hook) })),
        notifies: notify !== undefined,
      };
    },

    async control(call: RolloutCall): Promise<RolloutControl> {
      const { id, status, reason, closesAt, allowedFailures: allowed } = await deploymentOf(store.read, call);
      const counts = await store.read.deployments.counts(id);
      return { status, reason, leftMs: Math.max(0, closesAt - clock.now()), failed: failedOf(counts), allowed, counts };
    },
  };
}
