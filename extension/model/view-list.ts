import type { Tree } from "./tree.ts";
import { approvalsTree } from "./trees/approvals.ts";
import { assetsTree } from "./trees/assets.ts";
import { deploymentsTree } from "./trees/deployments.ts";
import { jobsTree } from "./trees/jobs.ts";
import { machinesTree } from "./trees/machines.ts";
import type { TreeSurroundings } from "./trees/parts.ts";
import { runbooksTree } from "./trees/runbooks.ts";
import { schedulesTree } from "./trees/schedules.ts";
import { updatesTree } from "./trees/updates.ts";
import { webhooksTree } from "./trees/webhooks.ts";

/** How often a visible view is read again, milliseconds. */
const OFTEN = 3_000;
const SOMETIMES = 10_000;
const SELDOM = 30_000;

/** The views of the activity bar's container, in its order; the manifest has the same ones, and a test keeps them equal. */
export function makeTrees(around: TreeSurroundings) {
  return {
    "runwright.runbooks": { tree: runbooksTree(around), everyMs: SELDOM },
    "runwright.jobs": { tree: jobsTree(around), everyMs: OFTEN },
    "runwright.approvals": { tree: approvalsTree(around), everyMs: SOMETIMES },
    "runwright.deployments": { tree: deploymentsTree(around), everyMs: OFTEN },
    "runwright.schedules": { tree: schedulesTree(around), everyMs: SELDOM },
    "runwright.webhooks": { tree: webhooksTree(around), everyMs: SELDOM },
    "runwright.machines": { tree: machinesTree(around), everyMs: SELDOM },
    "runwright.updates": { tree: updatesTree(around), everyMs: SELDOM },
    "runwright.assets": { tree: assetsTree(around), everyMs: SELDOM },
  } satisfies Record<string, { tree: Tree; everyMs: number }>;
}
export type Trees = ReturnType<typeof makeTrees>;
export type ViewId = keyof Trees;
