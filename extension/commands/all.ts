import { approve, reject } from "./approvals.ts";
import { compareRunbookVersions } from "./compare.ts";
import { debugJob, debugRunbook } from "./debug.ts";
import { abortDeployment, continueDeployment, haltDeployment, openPlanOfDeployment, retryDeployment, rollBackDeployment } from "./deployments.ts";
import { reconnect, signOut, switchEngine } from "./engines.ts";
import { filterJobs, showAllJobs, showJobsOf } from "./filter-jobs.ts";
import { continueJob, resumeJob, resumeJobFromCall, retryJob, stopJob, suspendJob } from "./job-moves.ts";
import { openJobOutput, saveJobOutput } from "./job-output.ts";
import { assessMachine, copyId, copyName, filterMachines, groupMachines, openMachine } from "./machines.ts";
import { newRunbook } from "./new-runbook.ts";
import { newSchedule } from "./new-schedule.ts";
import { openSource } from "./open-source.ts";
import { openDeployment, openJob } from "./pages.ts";
import type { Run } from "./parts.ts";
import { applyWorkspace, planWorkspace } from "./plan.ts";
import { publishRunbook, saveRunbookDraft } from "./publish.ts";
import { runDraft, runRunbook } from "./run.ts";
import { setUpTypes, updateTypes } from "./runbook-types.ts";
import { signIn } from "./sign-in.ts";
import { startEngine } from "./start-engine.ts";
import { installInWorkspace, testRunbook } from "./test.ts";
import { showTriggers } from "./triggers.ts";
import { openVersion, rollBackRunbook, showHistory } from "./versions.ts";
import { loadMore, refresh } from "./views.ts";
import { openWalkthrough } from "./walkthrough.ts";

/** Every command that the manifest names; a test keeps them equal. */
export const COMMANDS = {
  // the connection
  "runwright.signIn": signIn,
  "runwright.signOut": signOut,
  "runwright.switchEngine": switchEngine,
  "runwright.reconnect": reconnect,
  "runwright.startEngine": startEngine,
  "runwright.openWalkthrough": openWalkthrough,
  // views
  "runwright.refresh": refresh,
  "runwright.loadMore": loadMore,
  "runwright.copyName": copyName,
  "runwright.copyId": copyId,
  // runbooks
  "runwright.newRunbook": newRunbook,
  "runwright.newSchedule": newSchedule,
  "runwright.run": runRunbook,
  "runwright.runDraft": runDraft,
  "runwright.publish": publishRunbook,
  "runwright.saveDraft": saveRunbookDraft,
  "runwright.history": showHistory,
  "runwright.showTriggers": showTriggers,
  "runwright.openVersion": openVersion,
  "runwright.compareVersions": compareRunbookVersions,
  "runwright.rollBack": rollBackRunbook,
  "runwright.debug": debugRunbook,
  "runwright.test": testRunbook,
  "runwright.installInWorkspace": installInWorkspace,
  "runwright.plan": planWorkspace,
  "runwright.apply": applyWorkspace,
  "runwright.setUpTypes": setUpTypes,
  "runwright.updateTypes": updateTypes,
  // jobs
  "runwright.openJob": openJob,
  "runwright.openJobOutput": openJobOutput,
  "runwright.saveJobOutput": saveJobOutput,
  "runwright.openSource": openSource,
  "runwright.stopJob": stopJob,
  "runwright.suspendJob": suspendJob,
  "runwright.continueJob": continueJob,
  "runwright.resumeJob": resumeJob,
  "runwright.resumeJobFromCall": resumeJobFromCall,
  "runwright.retryJob": retryJob,
  "runwright.debugJob": debugJob,
  "runwright.filterJobs": filterJobs,
  "runwright.showJobsOf": showJobsOf,
  "runwright.showAllJobs": showAllJobs,
  // approvals and deployments
  "runwright.approve": approve,
  "runwright.reject": reject,
  "runwright.openDeployment": openDeployment,
  "runwright.openPlanOfDeployment": openPlanOfDeployment,
  "runwright.haltDeployment": haltDeployment,
  "runwright.continueDeployment": continueDeployment,
  "runwright.abortDeployment": abortDeployment,
  "runwright.retryDeployment": retryDeployment,
  "runwright.rollBackDeployment": rollBackDeployment,
  // machines
  "runwright.openMachine": openMachine,
  "runwright.assessMachine": assessMachine,
  "runwright.groupMachines": groupMachines,
  "runwright.filterMachines": filterMachines,
} satisfies Record<string, Run>;
