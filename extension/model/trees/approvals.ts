import { wholeBranch } from "../branch.ts";
import { APPROVALS, DEPLOYMENTS } from "../client/lists.ts";
import { type Question, questionRow } from "../rows/approval-row.ts";
import { createTree, type Tree } from "../tree.ts";
import { asked, type TreeSurroundings } from "./parts.ts";

export interface ApprovalsTree extends Tree {
  /** Of the badge. */
  open(): number;
}

/** More than anybody decides at once; what is beyond shows when these are decided. */
const MOST = 200;

/** What waits for somebody's word: questions of jobs, and plans of deployments. */
export function approvalsTree({ client, timers }: TreeSurroundings): ApprovalsTree {
  let open = 0;
  let isCut = false;
  const tree = createTree({
    root: () => {
      open = 0;
      isCut = false;
      return wholeBranch(async () => {
        const questions = await asked(client, async (engine): Promise<Question[]> => {
          const [approvals, deployments] = await Promise.all([
            engine.page(APPROVALS, { query: { open: true }, limit: MOST }),
            engine.page(DEPLOYMENTS, { query: { status: "awaitingApproval" }, limit: MOST }),
          ]);
          isCut = approvals.next !== null || deployments.next !== null;
          return [
            ...approvals.items.map((approval) => ({ kind: "job" as const, approval })),
            ...deployments.items.map((deployment) => ({ kind: "deployment" as const, deployment })),
          ];
        });
        if (!questions) return undefined;
        open = questions.length;
        return questions.map((question) => questionRow(question, timers.now()));
      });
    },
    note: () => (isCut ? `Only the first ${MOST} are shown` : undefined),
  });
  return { ...tree, open: () => open };
}
