import type { Overview } from "../../protocol/http/overview.ts";
import { exactTime } from "../model/exact-time.ts";
import { Page, Sheet } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { SelectorBox } from "../parts/selector-box.tsx";
import { Trends } from "../parts/trends.tsx";
import { Compliance } from "./overview/compliance.tsx";
import { MissingByKind } from "./reports/missing.tsx";
import { Overdue } from "./reports/overdue.tsx";
import { ByScope } from "./reports/scopes.tsx";

const PERIODS = [30, 90, 180, 400] as const;
const FIRST_PERIOD = 90;

/** How machines stand, to print and to hand on. */
export function Reports() {
  const { location, zone } = usePage();
  const { selector = "", days = "" } = location.place.value.query;
  const period = PERIODS.find((one) => String(one) === days) ?? FIRST_PERIOD;
  const read = useRead<Overview>("/api/v1/overview", { query: { selector }, of: ["machines", "updates"], every: 60_000 });
  return (
    <Page
      title="Reports"
      actions={
        <>
          <SelectorBox />
          <button type="button" class="button" onClick={() => window.print()}>
            Print
          </button>
        </>
      }
    >
      <p class="soft">
        {read.value
          ? `${selector === "" ? "All machines that you may see" : `Machines that ${selector} selects`}, ${exactTime(read.value.at, { zone })}`
          : "\u00a0"}
      </p>
      <div class="stack report">
        <Shown of={read} lines={8}>
          {({ machines, updates }) => (
            <>
              {machines && <Compliance machines={machines} selector={selector} />}
              {updates && machines?.total !== 0 && <MissingByKind updates={updates} />}
            </>
          )}
        </Shown>
        {read.value?.machines?.total !== 0 && (
          <>
            <ByScope selector={selector} />
            <Sheet name="Trend">
              <div class="filters no-print">
                <select
                  class="input"
                  aria-label="Days"
                  value={String(period)}
                  onChange={(event) => location.narrow({ days: event.currentTarget.value === String(FIRST_PERIOD) ? null : event.currentTarget.value })}
                >
                  {PERIODS.map((one) => (
                    <option key={one} value={one}>
                      {one} days
                    </option>
                  ))}
                </select>
              </div>
              <Trends key={period} days={period} selector={selector} height={240} />
            </Sheet>
            <Overdue selector={selector} />
          </>
        )}
      </div>
    </Page>
  );
}
