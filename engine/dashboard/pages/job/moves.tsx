import type { Job, Transition } from "../../../protocol/http/jobs.ts";
import type { Page as PageOf } from "../../../protocol/http/shapes.ts";
import { inPath } from "../../model/engine.ts";
import { clockTime } from "../../model/exact-time.ts";
import { lengthText } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

interface Move extends Transition {
  /** Milliseconds until the next one; undefined: it is in this status still. */
  stayed: number | undefined;
}

/** Who moved it to which status, when and why. */
export function Moves({ job }: { job: Job }) {
  const { zone } = usePage();
  const moves = useRead<PageOf<Transition>>(`/api/v1/jobs/${inPath(job.id)}/transitions`, { of: ["jobs"] });
  const columns: readonly Column<Move>[] = [
    { name: "Status", width: "120px", cell: ({ to }) => <Status word={to} /> },
    { name: "Reason", width: "minmax(120px, 2fr)", cell: ({ reason }) => <Name text={reason} /> },
    { name: "By", width: "minmax(70px, 1fr)", rank: 2, cell: ({ by }) => <Name text={by} /> },
    { name: "Stayed", width: "90px", number: true, rank: 2, cell: ({ stayed }) => (stayed === undefined ? "" : lengthText(stayed)) },
    { name: "At", width: "112px", number: true, rank: 3, cell: ({ at }) => clockTime(at, zone) },
    { name: "When", width: "84px", number: true, cell: ({ at }) => <Time at={at} /> },
  ];
  return (
    <Shown of={moves} lines={5}>
      {({ items }) => (
        <RowTable
          label="Moves between statuses, in order"
          rows={items.map((one, index): Move => {
            const next = items[index + 1];
            return { ...one, stayed: next && Date.parse(next.at) - Date.parse(one.at) };
          })}
          columns={columns}
          idOf={({ seq }) => String(seq)}
          below={250}
          empty={<Empty says="It hasn't moved." />}
        />
      )}
    </Shown>
  );
}
