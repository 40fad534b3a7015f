/**
 * Tests of runbooks: `import { loadRunbook, fakeClock } from "runwright/testing"`.
 * @module runwright/testing
 */

export { type FakeClock, fakeClock } from "./sdk/testing/clock.ts";
export type { AskedApproval, FakeApproval, FakeApprovals } from "./sdk/testing/fake-approvals.ts";
export type { FakeAssets, FakeCertificate } from "./sdk/testing/fake-assets.ts";
export type { FakeDeployment, FakeDeploymentMachine, FakeHook } from "./sdk/testing/fake-deployments.ts";
export type { FakeEngine } from "./sdk/testing/fake-engine.ts";
export { type FakeEvents, later } from "./sdk/testing/fake-events.ts";
export type { MachineNow, SentCommand } from "./sdk/testing/fake-fleet.ts";
export type { FakeAnswer, FakeHttp, FakeRequest, FakeRoute } from "./sdk/testing/fake-http.ts";
export type { FakeJob, FakeJobs } from "./sdk/testing/fake-jobs.ts";
export type { FakeFailure, FakeMachine, FakeProgram, FakeUpdate } from "./sdk/testing/fake-machine.ts";
export type { FakeService, ServiceState } from "./sdk/testing/fake-services.ts";
export { journalText } from "./sdk/testing/journal-text.ts";
export type { Arrival, Moment } from "./sdk/testing/moment.ts";
export type { PermissionReport } from "./sdk/testing/permissions.ts";
export type { JournalEntry, RecordedTestCall, TestRecord } from "./sdk/testing/record.ts";
export { matchJournal } from "./testing/golden.ts";
export { loadRunbook, runRunbook, type TestedRunbook } from "./testing/run-runbook.ts";
export type { RunningTestJob, TestJob } from "./testing/test-job.ts";
export type { TestWorld, WorldOf } from "./testing/typed-world.ts";
