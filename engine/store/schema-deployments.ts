/** Tables of maintenance windows and deployments. */
export interface DeploymentTables {
  deployments: {
    id: string;
    scope: string;
    windowId: string;
    window: string;
    /** The window as it was when the plan was made. */
    specJson: string;
    /** Wall time at which it opens, with the zone or `machine`; `now …` for one that somebody opened. */
    occurrence: string;
    /** Of the machine whose window opens first, and closes last. */
    opensAt: number;
    closesAt: number;
    status: string;
    reason: string;
    planHash: string;
    allowedFailures: number;
    /** So many machines had failed when somebody continued it. */
    forgiven: number;
    requestedBy: string;
    requesterId: string;
    /** Who had last changed what the window does, when the plan was made. */
    changerId: string;
    changedBy: string;
    createdAt: number;
    startedAt: number | null;
    endedAt: number | null;
    /** When it was halted last. */
    haltedAt: number | null;
    jobId: string | null;
    /** The version that was newest when the plan was made, which carries it out. */
    runbookVersion: number | null;
    /** The same of the runbooks of its hooks, by name. */
    hookVersionsJson: string;
    /** Deployment whose failed machines it takes up. */
    retryOf: string | null;
    /** What became of hooks that run once. */
    hooksJson: string;
  };
  deploymentMachines: {
    deploymentId: string;
    machineId: string;
    name: string;
    wave: number;
    /** In the plan. */
    place: number;
    opensAt: number;
    closesAt: number;
    planJson: string;
    status: string;
    message: string;
    startedAt: number | null;
    /** When what it was offered in its turn was found to be what was planned; until then nothing is done to it. */
    checkedAt: number | null;
    endedAt: number | null;
    installCommand: string | null;
    rebootCommand: string | null;
    bootIdBefore: string | null;
    bootIdAfter: string | null;
    /** `NotNeeded Required Started Completed Failed Unverified`. */
    rebootState: string;
    /** What was noticed on its way: hooks, health, a reboot that nobody asked for. */
    notesJson: string;
  };
  machineLocks: { machineId: string; deploymentId: string; fence: number; rebooting: number; since: number };
  deploymentApprovals: {
    deploymentId: string;
    principalId: string;
    principalName: string;
    /** Of the plan that was approved: another plan's approval says nothing. */
    planHash: string;
    decision: string;
    reason: string;
    at: number;
  };
  /** When a window is to be looked at next, which is before it opens: its plan takes time, and people who approve it. */
  windowTimers: { resourceId: string; decidedTo: number; since: number; nextAt: number };
  /** Occurrences that somebody has skipped or cancelled. */
  windowExceptions: { windowId: string; occurrence: string; kind: string; reason: string; by: string; at: number };
}
