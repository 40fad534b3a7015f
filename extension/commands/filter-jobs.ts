import * as vscode from "vscode";
import { JOB_STATUSES } from "../../engine/core/job.ts";
import { JOB_ICONS } from "../model/rows/job-row.ts";
import type { Run } from "./parts.ts";
import { runbookIn } from "./subject.ts";

/** Which statuses the view of jobs shows; none: all. */
export const filterJobs: Run = async ({ trees }) => {
  const { tree } = trees["runwright.jobs"];
  const { statuses, runbook } = tree.filter();
  const rows = JOB_STATUSES.map((status) => ({
    label: status,
    iconPath: new vscode.ThemeIcon(JOB_ICONS[status].name.replace("~spin", "")),
    picked: statuses?.includes(status) ?? false,
  }));
  const picked = await vscode.window.showQuickPick(rows, { title: "Filter Jobs", placeHolder: "Statuses to show; none of them: all", canPickMany: true });
  if (!picked) return;
  tree.setFilter({ ...(picked.length === 0 ? {} : { statuses: picked.map(({ label }) => label) }), ...(runbook === undefined ? {} : { runbook }) });
};

/** Only jobs of one runbook. */
export const showJobsOf: Run = async ({ trees }, given) => {
  const runbook = runbookIn(given);
  trees["runwright.jobs"].tree.setFilter(runbook === undefined ? {} : { runbook });
  await vscode.commands.executeCommand("runwright.jobs.focus");
};

export const showAllJobs: Run = ({ trees }) => trees["runwright.jobs"].tree.setFilter({});
