/** Pages with lists, that are there whatever the engine holds: their address, and their name. */
export const LISTS = [
  { path: "/", heading: "Overview" },
  { path: "/machines", heading: "Machines" },
  { path: "/updates", heading: "Updates" },
  { path: "/updates?by=cve", heading: "Updates" },
  { path: "/deployments", heading: "Deployments" },
  { path: "/reports", heading: "Reports" },
  { path: "/runbooks", heading: "Runbooks" },
  { path: "/jobs", heading: "Jobs" },
  { path: "/approvals", heading: "Approvals" },
  { path: "/schedules", heading: "Schedules" },
  { path: "/webhooks", heading: "Webhooks" },
  { path: "/assets", heading: "Assets" },
  { path: "/activity", heading: "Activity" },
  { path: "/settings", heading: "Settings" },
] as const;

/** Pages of one thing each, as test/extension/many-rows.ts and the rows of this folder make them. */
export const THINGS = [
  "/machines/web-m00000",
  "/machines/web-m00000?tab=updates",
  "/machines/web-m00000?tab=timeline",
  "/machines/web-m00000?tab=commands",
  "/machines/web-m00000?tab=packages",
  "/machines/web-m00000?tab=metrics",
  "/updates/update/package-00000",
  "/deployments/dpl_0000000000",
  "/windows/nightly",
  "/runbooks/book-00000",
  "/jobs/job_00000",
  "/schedules/night-00000",
  "/webhooks/hook-00000",
  "/settings?tab=people",
  "/settings?tab=roles",
  "/settings?tab=scopes",
  "/settings?tab=engine",
] as const;
