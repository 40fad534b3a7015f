import type { UpdateGroup } from "../../../protocol/http/fleet.ts";
import { withQuery } from "../../model/engine.ts";
import { groupPath } from "../../model/update-group.ts";
import { countText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { type ReportColumn, ReportTable } from "../../parts/report-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

const MOST = 100;

const columns = (selector: string): readonly ReportColumn<UpdateGroup>[] => [
  {
    name: "update",
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link to={withQuery(groupPath("update", name), { selector })}>
        <Name text={name} longest={60} />
      </Link>
    ),
  },
  { name: "overdue", number: true, value: ({ overdue }) => overdue, cell: ({ overdue }) => countText(overdue) },
  { name: "machines", number: true, value: ({ machines }) => machines, cell: ({ machines }) => countText(machines) },
  { name: "classification", value: ({ classification }) => classification, cell: ({ classification }) => <Status word={classification} /> },
  { name: "severity", value: ({ severity }) => severity, cell: ({ severity }) => <Status word={severity} /> },
  {
    name: "exploited since",
    value: ({ exploitedSince }) => exploitedSince,
    cell: ({ exploitedSince }) => (exploitedSince ? <Time at={exploitedSince} /> : ""),
  },
  { name: "first seen", number: true, value: ({ firstSeenAt }) => firstSeenAt, cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
];

/** What should have been installed by now, as policies say. */
export function Overdue({ selector }: { selector: string }) {
  const read = useRead<{ items: UpdateGroup[]; next: string | null }>("/api/v1/updates/groups", {
    query: { by: "update", overdue: true, selector, limit: MOST },
    of: ["updates", "machines"],
    every: 60_000,
  });
  return (
    <Sheet name="Beyond their due time">
      <Shown of={read} lines={6}>
        {({ items, next }) =>
          items.length === 0 ? (
            <p class="soft">
              Nothing is. Due times come from <code>sla</code> in an update policy.
            </p>
          ) : (
            <ReportTable
              label="Updates beyond their due time"
              file="overdue-updates"
              columns={columns(selector)}
              rows={items}
              foot={next === null ? "" : `The ${countText(MOST)} that most machines miss; there are more.`}
            />
          )
        }
      </Shown>
    </Sheet>
  );
}
