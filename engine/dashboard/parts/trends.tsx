import { useMemo } from "preact/hooks";
import type { TrendDay } from "../../protocol/http/trend.ts";
import { isOfScopes, trendOf } from "../model/trend.ts";
import { Chart } from "./chart.tsx";
import { usePage } from "./page-context.ts";
import { Shown, useRead } from "./read.tsx";

const HOUR_MS = 3_600_000;

/** How machines and missing updates have developed, side by side. */
export function Trends({ days, selector, height }: { days: number; selector: string; height?: number }) {
  const { time } = usePage();
  const isNarrowed = isOfScopes(selector);
  const read = useRead<{ items: TrendDay[] }>("/api/v1/trend", {
    query: { days, selector: isNarrowed ? selector : "" },
    of: ["machines", "updates"],
    every: HOUR_MS,
  });
  const trend = useMemo(() => read.value && trendOf(read.value.items, days, time.now()), [read.value, days]);
  return (
    <Shown of={{ ...read, value: trend }} lines={7}>
      {({ days: at, machines, missing, isEmpty }) =>
        isEmpty ? (
          <p class="soft">Nothing was counted yet. The engine notes each day's figures as long as it has machines.</p>
        ) : (
          <div class="trends">
            {!isNarrowed && <p class="soft">Of all machines: past figures are kept for each scope, and this selector asks for more.</p>}
            <Chart label={`Machines by compliance, the last ${days} days`} axis="Day (UTC)" at={at} lines={machines} isStacked height={height} />
            <Chart label={`Missing updates, the last ${days} days`} axis="Day (UTC)" at={at} lines={missing} height={height} />
          </div>
        )
      }
    </Shown>
  );
}
