import type { Clock } from "../core/clock.ts";
import { createCatalogue } from "../sandbox/capabilities/catalogue.ts";
import { deploymentFunctions } from "../sandbox/capabilities/deployments.ts";
import type { HostFunction } from "../sandbox/capabilities/function.ts";
import { sleepFunctions, wakeTime } from "../sandbox/capabilities/sleep.ts";
import type { HttpClient } from "../sandbox/http/client.ts";
import type { SandboxPorts } from "../sandbox/ports.ts";
import { type ApprovalDesk, type FakeApprovals, fakeApprovals } from "../sdk/testing/fake-approvals.ts";
import { type FakeAssets, fakeAssets } from "../sdk/testing/fake-assets.ts";
import { type FakeDeployment, type FakeDeployments, fakeDeployments } from "../sdk/testing/fake-deployments.ts";
import { type FakeEngine, fakeEngine } from "../sdk/testing/fake-engine.ts";
import { type EventBoard, type FakeEvents, fakeEvents } from "../sdk/testing/fake-events.ts";
import { type FakeFleet, fakeFleet } from "../sdk/testing/fake-fleet.ts";
import { type FakeHttp, fakeHttp } from "../sdk/testing/fake-http.ts";
import { type FakeJobs, fakeJobs } from "../sdk/testing/fake-jobs.ts";
import type { FakeMachine } from "../sdk/testing/fake-machine.ts";
import { atWork, type JobLife, timeless } from "../sdk/testing/job-time.ts";

/** What there is outside the job; what isn't given doesn't exist. */
export interface Surroundings extends FakeAssets {
  machines?: readonly FakeMachine[];
  /** Answers by address, or a function that makes them; what it throws, the runbook sees. */
  http?: FakeHttp;
  /** How child jobs end, by runbook. */
  jobs?: FakeJobs;
  /** How people answer what it asks them; default: someone approves at once. */
  approvals?: FakeApprovals;
  /** Events that it can wait for. */
  events?: FakeEvents;
  /** What the engine itself answers; default: it does what is asked. */
  engine?: FakeEngine;
  /** The deployment that it carries out. */
  deployment?: FakeDeployment;
}

export interface World {
  ports: SandboxPorts;
  http: HttpClient;
  catalogue: ReadonlyMap<string, HostFunction>;
  clock: Clock;
  fleet: FakeFleet;
  approvals: ApprovalDesk;
  events: EventBoard;
}

/** @param over fires when the job has ended */
export function createWorld(given: Surroundings, life: JobLife, over?: AbortSignal): World {
  const fleet = fakeFleet(given.machines ?? [], life);
  const approvals = fakeApprovals(given.approvals ?? {}, life);
  const events = fakeEvents(given.events ?? {}, life, over);
  const deployment = fakeDeployments(given.deployment, life);
  const ports: SandboxPorts = {
    fleet, // each command says by itself when it is at work
    assets: atWork(fakeAssets(given), life),
    deployments: atWork(deployment.port, life),
    engine: atWork(fakeEngine(given.engine ?? {}, life.now), life),
    jobs: atWork(fakeJobs(given.jobs ?? {}, life), life),
    approvals: atWork({ request: approvals.request, outcome: approvals.outcome }, life),
    events: atWork({ find: events.find, next: events.next }, life),
    keys: { argsHashKey: () => new Uint8Array(32) },
  };
  const http: HttpClient = atWork(fakeHttp(given.http ?? {}, life), life);
  const catalogue = createCatalogue(ports, http, [fakeSleep(life), ...withPeople(deployment, { ...ports, http }, life)]);
  return { ports, http, catalogue, clock: { now: life.now, monotonic: life.now }, fleet, approvals, events };
}

export const emptyWorld = (): World =>
  createWorld(
    {},
    timeless(() => 0),
  );

/** Waits for the clock of the test. */
function fakeSleep(life: JobLife): HostFunction {
  const [real] = sleepFunctions();
  if (real === undefined) throw new Error("the sandbox has no sleep");
  return {
    ...real,
    async perform(wake, { signal }) {
      const until = wakeTime(wake as Parameters<typeof wakeTime>[0]);
      await life.during(() => life.until(until, signal));
      return null;
    },
  };
}

/** A rollout waits neither for people nor for news: the test says what somebody does. */
function withPeople({ answerHalt, pause }: FakeDeployments, parts: Parameters<typeof deploymentFunctions>[0], life: JobLife): HostFunction[] {
  return deploymentFunctions(parts).map((row) => {
    if (row.op === "deployments.resumed") return { ...row, perform: (_, { signal }) => life.during(() => answerHalt(signal)) };
    return row.op === "deployments.pause"
      ? { ...row, perform: (args, { signal }) => life.during(() => pause((args as { until: number }).until, signal)) }
      : row;
  });
}
