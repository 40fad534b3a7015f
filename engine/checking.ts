import { type Checker, createChecker } from "./authoring/check.ts";
import { createTypeChecker } from "./authoring/typecheck.ts";
import { systemClock } from "./clock.ts";
import { createSandbox } from "./sandbox/sandbox.ts";
import { fakeFleet } from "./sdk/testing/fake-machines.ts";
import { fakeApprovals, fakeAssets, fakeEvents, fakeJobs } from "./sdk/testing/fakes.ts";

export interface OpenChecker extends Checker {
  /** Ends its runner and its compilers. */
  stop(): Promise<void>;
}

/** Checks runbooks without an engine, as `runwright runbook check` and `publish` do: bundles are loaded in a sandbox whose world is empty. */
export function openChecker(): OpenChecker {
  const typeChecker = createTypeChecker();
  const nothing = {
    fleet: fakeFleet([], systemClock.now),
    assets: fakeAssets({}),
    jobs: fakeJobs({}),
    approvals: fakeApprovals({}, { now: systemClock.now, advanceTo() {} }),
    events: fakeEvents({}, { now: systemClock.now, advanceTo() {} }),
    keys: { argsHashKey: () => new Uint8Array(32) },
  };
  const log = { info() {}, warn() {}, error() {} };
  const sandbox = createSandbox({ clock: systemClock, log, ports: nothing, http: { allowedPrivateHosts: [] }, runners: 1 });
  const { check } = createChecker({ extractor: sandbox, typeChecker });
  return {
    check,
    async stop() {
      typeChecker.stop();
      await sandbox.stop();
    },
  };
}
