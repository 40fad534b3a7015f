import { DEPLOYMENT_STATUSES } from "../../core/deploy/status.ts";
import type { Resource } from "../../protocol/http/resources.ts";
import { mayAnywhere } from "../model/rights.ts";
import { Choice } from "../parts/choice.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { useRead } from "../parts/read.tsx";
import { Calendar } from "./calendar/calendar.tsx";
import { DeploymentTable } from "./deployment/table.tsx";

/** Windows and freezes by the calendar, and below them what has been rolled out, or is to be. */
export function Deployments() {
  const { location, who } = usePage();
  const { window = "", status = "" } = location.place.value.query;
  const windows = useRead<{ items: readonly Resource[]; next: string | null }>(mayAnywhere(who, "window.read") ? "/api/v1/windows" : undefined, {
    query: { limit: 500 },
    of: ["resources"],
  });
  const names = windows.value?.items.map(({ name }) => name) ?? [];
  return (
    <Page title="Deployments">
      <Calendar />
      <div class="filters">
        <input
          class="input search"
          type="search"
          aria-label="Window"
          placeholder="Any window"
          list="windows-of-deployments"
          value={window}
          onChange={(event) => location.narrow({ window: event.currentTarget.value.trim() })}
        />
        <datalist id="windows-of-deployments">
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Choice name="status" words={DEPLOYMENT_STATUSES} value={status} />
      </div>
      <DeploymentTable
        query={{ window, status }}
        empty={
          window !== "" || status !== "" ? (
            <Empty says="No deployment is so.">
              Clear what narrows the list, or wait until the window's plan is made: that is {`"planAhead"`} before it opens.
            </Empty>
          ) : (
            <Empty says="Nothing was deployed yet.">
              Write a <code>kind: MaintenanceWindow</code> into a file and apply it: <code>runwright apply -f windows.yaml</code>. Its plan stands here a day
              before it opens.
            </Empty>
          )
        }
      />
    </Page>
  );
}
