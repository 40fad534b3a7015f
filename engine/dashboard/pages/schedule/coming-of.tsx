import { useState } from "preact/hooks";
import type { Preview } from "../../../protocol/http/resources.ts";
import { inPath } from "../../model/engine.ts";
import { dayAndTime } from "../../model/exact-time.ts";
import { comingNotes, instantOf, wallTime } from "../../model/occurrence-words.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Item = Preview["items"][number];
const AT_FIRST = 50;
const MOST = 500;

/** The next occurrences, with what clock changes, freezes and other schedules do to them. */
export function ComingOf({ name, zone: own }: { name: string; zone: string | undefined }) {
  const { zone } = usePage();
  const [count, setCount] = useState(AT_FIRST);
  const preview = useRead<Preview>(`/api/v1/schedules/${inPath(name)}/preview`, { query: { count }, of: ["resources"], every: 5_000 });
  const columns: readonly Column<Item>[] = [
    { name: "When", width: "84px", number: true, cell: ({ at }) => <Time at={instantOf(at)} zone={own} zoneOf="the schedule's" /> },
    { name: own === undefined ? "Wall time" : own.slice(0, 40), width: "minmax(128px, 150px)", cell: ({ at }) => wallTime(at) },
    ...(own === zone
      ? []
      : [{ name: zone, width: "minmax(112px, 140px)", rank: 2 as const, cell: ({ at }: Item) => <span class="soft">{dayAndTime(instantOf(at), zone)}</span> }]),
    { name: "What to know", width: "minmax(130px, 3fr)", cell: (one) => <Notes item={one} /> },
  ];
  return (
    <Shown of={preview} lines={10}>
      {({ enabled, items }) => (
        <>
          {!enabled && <p class="soft">It is disabled: these would come if it were enabled now.</p>}
          <RowTable
            label="Coming occurrences"
            rows={items}
            columns={columns}
            idOf={({ at, dst }) => `${at} ${dst}`}
            below={190}
            foot={
              items.length === count && count < MOST ? (
                <button type="button" class="button plain" onClick={() => setCount(MOST)}>
                  Show {MOST}
                </button>
              ) : undefined
            }
            empty={<Empty says="Nothing is to come.">Its rule has ended, or its expiry has passed. Change it in its file, and apply it.</Empty>}
          />
        </>
      )}
    </Shown>
  );
}

function Notes({ item }: { item: Item }) {
  return (
    <span class="notes">
      {comingNotes(item).map(({ says, tone }) => (
        <span key={says} class={`status tone-${tone}`}>
          <Status word="" tone={tone} says="" />
          <Name text={says} />
        </span>
      ))}
    </span>
  );
}
