import type { ComponentChildren } from "preact";
import type { Overview as Read } from "../../protocol/http/overview.ts";
import { mayAnywhere } from "../model/rights.ts";
import { Page, Sheet } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Outline, ProblemBox, useRead } from "../parts/read.tsx";
import { SelectorBox } from "../parts/selector-box.tsx";
import { Trends } from "../parts/trends.tsx";
import { Approvals } from "./overview/approvals.tsx";
import { Halted, Jobs, NextWindows, StaleAgents } from "./overview/at-work.tsx";
import { Compliance } from "./overview/compliance.tsx";
import { FirstSteps } from "./overview/first-steps.tsx";
import { Missing } from "./overview/missing.tsx";

const DAYS = 90;

/** What a team looks at all day. Parts that the viewer may not read aren't there. */
export function Overview() {
  const { location, who } = usePage();
  const { selector = "" } = location.place.value.query;
  const read = useRead<Read>("/api/v1/overview", {
    query: { selector },
    of: ["machines", "updates", "jobs", "deployments", "approvals", "resources"],
    every: 3_000,
  });
  const newestJob = useRead<{ items: unknown[] }>(mayAnywhere(who, "job.read") ? "/api/v1/jobs" : undefined, {
    query: { limit: 1 },
    of: ["jobs"],
    every: 60_000,
  });
  const { value } = read;
  const begun = value &&
    newestJob.value && {
      jobs: newestJob.value.items.length > 0,
      machines: selector !== "" || value.machines === null || value.machines.total > 0,
      windows: value.nextWindows === null || value.nextWindows.length > 0,
    };
  const isFresh = begun && !begun.machines && !begun.jobs && !begun.windows;
  const part = (needs: Parameters<typeof mayAnywhere>[1], name: string, lines: number, show: (value: Read) => ComponentChildren) =>
    mayAnywhere(who, needs) && (value ? show(value) : <Awaited name={name} lines={lines} />);
  return (
    <Page title="Overview" actions={!isFresh && <SelectorBox />}>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={value !== undefined} />}
      {begun && !begun.machines && <FirstSteps begun={begun} />}
      {!isFresh && (
        <div class="overview">
          <div class="stack">
            {part("machine.read", "Compliance", 4, ({ machines }) => machines && <Compliance machines={machines} selector={selector} />)}
            {part(
              "update.read",
              "Missing updates",
              12,
              ({ updates, machines }) => updates && machines?.total !== 0 && <Missing updates={updates} selector={selector} />,
            )}
            {mayAnywhere(who, "update.read") && value?.machines?.total !== 0 && (
              <Sheet name={`Trend, ${DAYS} days`}>
                <Trends days={DAYS} selector={selector} />
              </Sheet>
            )}
          </div>
          <div class="stack">
            {mayAnywhere(who, "approval.read") && <Approvals open={value?.approvalsOpen ?? undefined} />}
            {part("deployment.read", "Deployments", 2, ({ deployments }) => deployments && <Halted deployments={deployments} />)}
            {part("job.read", "Jobs", 3, ({ jobs }) => jobs && <Jobs jobs={jobs} />)}
            {part("window.read", "Next windows", 4, ({ nextWindows }) => nextWindows && <NextWindows windows={nextWindows} />)}
            {value?.staleMachines && <StaleAgents machines={value.staleMachines} all={value.machines?.staleAgents ?? 0} />}
          </div>
        </div>
      )}
    </Page>
  );
}

function Awaited({ name, lines }: { name: string; lines: number }) {
  return (
    <Sheet name={name}>
      <Outline lines={lines} />
    </Sheet>
  );
}
