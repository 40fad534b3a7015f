import type { Job } from "../../../engine/protocol/http/jobs.ts";
import { JOBS } from "../client/lists.ts";
import { createPagedBranch, type PagedBranch } from "../paged-branch.ts";
import { jobRow } from "../rows/job-row.ts";
import { createTree, type Tree } from "../tree.ts";
import type { TreeSurroundings } from "./parts.ts";

/** Which jobs are shown; undefined: all. */
export interface JobFilter {
  readonly statuses?: readonly string[];
  readonly runbook?: string;
}

export interface JobsTree extends Tree {
  filter(): JobFilter;
  setFilter(filter: JobFilter): void;
  jobs(): readonly Job[];
}

export function jobsTree({ client, timers }: TreeSurroundings): JobsTree {
  let filter: JobFilter = {};
  let branch: PagedBranch<Job>;
  const tree = createTree({
    root() {
      branch = createPagedBranch({
        client,
        door: JOBS,
        query: () => ({ status: filter.statuses?.join(","), runbook: filter.runbook }),
        keyOf: ({ id }) => id,
        rowOf: (job) => jobRow(job, timers.now()),
        order: "newestFirst",
      });
      return branch;
    },
    note: () => noteOf(filter),
  });
  return {
    ...tree,
    filter: () => filter,
    setFilter(next) {
      filter = next;
      tree.reset();
    },
    jobs: () => branch.items(),
  };
}

function noteOf({ statuses, runbook }: JobFilter): string | undefined {
  const parts = [...(statuses ? [statuses.join(" or ")] : []), ...(runbook === undefined ? [] : [`of ${runbook}`])];
  return parts.length === 0 ? undefined : `Only jobs ${parts.join(" ")}`;
}
