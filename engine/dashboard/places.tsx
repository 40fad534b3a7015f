import type { ComponentType } from "preact";
import type { Action } from "../core/role.ts";
import { namesIn } from "./model/location.ts";
import { Activity } from "./pages/activity.tsx";
import { Approvals } from "./pages/approvals.tsx";
import { Assets } from "./pages/assets.tsx";
import { Deployment } from "./pages/deployment.tsx";
import { Deployments } from "./pages/deployments.tsx";
import { Job } from "./pages/job.tsx";
import { Jobs } from "./pages/jobs.tsx";
import { Machine } from "./pages/machine.tsx";
import { Machines } from "./pages/machines.tsx";
import { Overview } from "./pages/overview.tsx";
import { Reports } from "./pages/reports.tsx";
import { Runbook } from "./pages/runbook.tsx";
import { Runbooks } from "./pages/runbooks.tsx";
import { Schedule } from "./pages/schedule.tsx";
import { Schedules } from "./pages/schedules.tsx";
import { Settings } from "./pages/settings.tsx";
import { Update } from "./pages/update.tsx";
import { Updates } from "./pages/updates.tsx";
import { Webhook } from "./pages/webhook.tsx";
import { Webhooks } from "./pages/webhooks.tsx";
import { Window } from "./pages/window.tsx";
import type { IconName } from "./parts/icons.tsx";

/** The pages of the dashboard by their addresses. Names in a path are handed to the page. */
const PLACES: readonly { pattern: string; page: ComponentType<{ names: Readonly<Record<string, string>> }> }[] = [
  { pattern: "/", page: Overview },
  { pattern: "/machines", page: Machines },
  { pattern: "/machines/:name", page: Machine },
  { pattern: "/updates", page: Updates },
  { pattern: "/updates/:by/:name", page: Update },
  { pattern: "/deployments", page: Deployments },
  { pattern: "/deployments/:id", page: Deployment },
  { pattern: "/windows/:name", page: Window },
  { pattern: "/reports", page: Reports },
  { pattern: "/runbooks", page: Runbooks },
  { pattern: "/runbooks/:name", page: Runbook },
  { pattern: "/jobs", page: Jobs },
  { pattern: "/jobs/:id", page: Job },
  { pattern: "/approvals", page: Approvals },
  { pattern: "/schedules", page: Schedules },
  { pattern: "/schedules/:name", page: Schedule },
  { pattern: "/webhooks", page: Webhooks },
  { pattern: "/webhooks/:name", page: Webhook },
  { pattern: "/assets", page: Assets },
  { pattern: "/activity", page: Activity },
  { pattern: "/settings", page: Settings },
];

export function placeAt(
  path: string,
): { page: ComponentType<{ names: Readonly<Record<string, string>> }>; names: Readonly<Record<string, string>> } | undefined {
  for (const { pattern, page } of PLACES) {
    const names = namesIn(pattern, path);
    if (names) return { page, names };
  }
  return undefined;
}

/** What the rail leads to, in groups: what is managed, what manages it, what watches over both. `needs`: who may not do this anywhere doesn't see it. */
export const RAIL: readonly (readonly { name: string; to: string; icon: IconName; needs: Action }[])[] = [
  [
    { name: "Overview", to: "/", icon: "overview", needs: "job.read" },
    { name: "Machines", to: "/machines", icon: "machines", needs: "machine.read" },
    { name: "Updates", to: "/updates", icon: "updates", needs: "update.read" },
    { name: "Deployments", to: "/deployments", icon: "deployments", needs: "deployment.read" },
    { name: "Reports", to: "/reports", icon: "reports", needs: "update.read" },
  ],
  [
    { name: "Runbooks", to: "/runbooks", icon: "runbooks", needs: "runbook.read" },
    { name: "Jobs", to: "/jobs", icon: "jobs", needs: "job.read" },
    { name: "Approvals", to: "/approvals", icon: "approvals", needs: "approval.read" },
    { name: "Schedules", to: "/schedules", icon: "schedules", needs: "schedule.read" },
    { name: "Webhooks", to: "/webhooks", icon: "webhooks", needs: "webhook.read" },
    { name: "Assets", to: "/assets", icon: "assets", needs: "asset.list" },
  ],
  [
    { name: "Activity", to: "/activity", icon: "activity", needs: "activity.read" },
    { name: "Settings", to: "/settings", icon: "settings", needs: "job.read" },
  ],
];
