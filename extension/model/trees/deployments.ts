import type { Deployment, DeploymentProgress } from "../../../engine/protocol/http/deployments.ts";
import { wholeBranch } from "../branch.ts";
import { DEPLOYMENTS } from "../client/lists.ts";
import { createPagedBranch } from "../paged-branch.ts";
import type { Row } from "../row.ts";
import { deploymentRow, endedRow, runningRow, waveRow } from "../rows/deployment-row.ts";
import { createTree, type Tree } from "../tree.ts";
import { asked, type TreeSurroundings } from "./parts.ts";

/** Deployments, newest first; below each its waves, what runs, and what has ended last. */
export function deploymentsTree({ client, timers }: TreeSurroundings): Tree {
  const progress = (id: string) =>
    wholeBranch(() =>
      asked(client, async (engine): Promise<Row[]> => {
        const path = `/api/v1/deployments/${encodeURIComponent(id)}/progress`;
        const { waves, running, ended } = await engine.ask<DeploymentProgress>("GET", path, { waves: "array", running: "array", ended: "array" });
        return [...waves.map((one) => waveRow(id, one)), ...running.map((one) => runningRow(id, one)), ...ended.map((one) => endedRow(id, one))];
      }),
    );
  return createTree({
    root: () =>
      createPagedBranch<Deployment>({
        client,
        door: DEPLOYMENTS,
        keyOf: ({ id }) => id,
        rowOf: (deployment) => deploymentRow(deployment, timers.now()),
        order: "newestFirst",
        pageSize: 50,
      }),
    branchOf: (row) => (row.is.includes("deployment") ? progress(row.id) : undefined),
  });
}
