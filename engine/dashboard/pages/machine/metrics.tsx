import { useMemo } from "preact/hooks";
import type { Machine } from "../../../protocol/http/machines.ts";
import type { TimelineEntry } from "../../../protocol/http/timeline.ts";
import { assessedDays, tallyOf } from "../../model/assessed-days.ts";
import { inPath } from "../../model/engine.ts";
import { countText } from "../../model/words.ts";
import { Chart } from "../../parts/chart.tsx";
import { Empty, Figures, Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { Select } from "../../parts/select.tsx";

const PERIODS = ["7", "30", "90"].map((value) => ({ value, name: `last ${value} days` }));
const DAY_MS = 86_400_000;
/** As many entries as the engine gives at once. */
const MOST = 500;

/** What was missing on it day by day, and what was done about it. */
export function Metrics({ machine }: { machine: Machine }) {
  const { location } = usePage();
  const days = Number(PERIODS.find(({ value }) => value === location.place.value.query.days)?.value ?? "30");
  const read = useRead<{ items: TimelineEntry[]; next: string | null }>(`/api/v1/machines/${inPath(machine.name)}/timeline`, {
    query: { limit: MOST },
    of: ["machines", "updates"],
    every: 10_000,
  });
  return (
    <>
      <div class="filters">
        <Select label="Days" value={String(days)} choices={PERIODS} onValue={(value) => location.narrow({ days: value })} />
      </div>
      <Shown of={read} lines={10}>
        {({ items, next }) => <Told entries={items} days={days} isWhole={next === null} />}
      </Shown>
    </>
  );
}

function Told({ entries, days, isWhole }: { entries: readonly TimelineEntry[]; days: number; isWhole: boolean }) {
  const { time } = usePage();
  const { at, missing, security } = useMemo(() => assessedDays(entries, { now: time.now(), days }), [entries, days]);
  const tally = useMemo(() => tallyOf(entries, time.now() - days * DAY_MS), [entries, days]);
  const lines = useMemo(
    () => [
      { name: "missing", tone: "busy" as const, values: missing },
      { name: "security", tone: "bad" as const, values: security },
    ],
    [missing, security],
  );
  const figure = (name: string, count: number) => ({ name, value: countText(count) });
  return (
    <>
      <Sheet name="Done">
        <Figures
          figures={[
            figure("installs", tally.installs),
            figure("updates installed", tally.succeeded),
            { ...figure("updates failed", tally.failed), ...(tally.failed > 0 ? { tone: "bad" as const } : {}) },
            figure("reboots", tally.reboots),
            figure("commands", tally.commands),
          ]}
        />
        {!isWhole && <p class="soft">Counted among the newest {countText(MOST)} entries of its timeline.</p>}
      </Sheet>
      <Sheet name="Missing updates">
        {missing.every((one) => one === null) ? (
          <Empty says="It wasn't assessed in this time.">Its agent reports by itself; Assess now asks for a report at once.</Empty>
        ) : (
          <Chart label="Missing updates by day" axis="Day" at={at} lines={lines} />
        )}
      </Sheet>
    </>
  );
}
