import { type Checker, createChecker } from "./authoring/check.ts";
import { createTypeChecker } from "./authoring/typecheck.ts";
import { systemClock } from "./clock.ts";
import { createSandbox } from "./sandbox/sandbox.ts";
import { fakeApprovals } from "./sdk/testing/fake-approvals.ts";
import { fakeAssets } from "./sdk/testing/fake-assets.ts";
import { fakeDeployments } from "./sdk/testing/fake-deployments.ts";
import { fakeEngine } from "./sdk/testing/fake-engine.ts";
import { fakeEvents } from "./sdk/testing/fake-events.ts";
import { fakeFleet } from "./sdk/testing/fake-fleet.ts";
import { fakeJobs } from "./sdk/testing/fake-jobs.ts";
import { timeless } from "./sdk/testing/job-time.ts";

export interface OpenChecker extends Checker {
  /** Ends its runner and its compilers. */
  stop(): Promise<void>;
}

/** Checks runbooks without an engine, as `runwright runbook check` and `publish` do: bundles are loaded in a sandbox whose world is empty. */
export function openChecker(): OpenChecker {
  const typeChecker = createTypeChecker();
  const life = timeless(systemClock.now);
  const nothing = {
    fleet: fakeFleet([], life),
    assets: fakeAssets({}),
    jobs: fakeJobs({}, life),
    approvals: fakeApprovals({}, life),
    events: fakeEvents({}, life),
    deployments: fakeDeployments(undefined, life).port,
    engine: fakeEngine({}, life.now),
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
