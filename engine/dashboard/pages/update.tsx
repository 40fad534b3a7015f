import type { CveGroup, UpdateGroup } from "../../protocol/http/fleet.ts";
import type { Update as Missing } from "../../protocol/http/machines.ts";
import { inPath, withQuery } from "../model/engine.ts";
import { groupingOf } from "../model/update-group.ts";
import { cut } from "../model/words.ts";
import { Aside, Beside } from "../parts/beside.tsx";
import { Link } from "../parts/link.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { SelectorBox } from "../parts/selector-box.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { WhyUpdate } from "../parts/why.tsx";
import { CVE_COLUMNS, missingId, UPDATE_COLUMNS } from "./update/columns.tsx";
import { GroupFigures } from "./update/figures.tsx";

/** One update or vulnerability: which machines miss it, or what mends it, since when, and why. */
export function Update({ names: { by = "", name = "" } }: { names: Readonly<Record<string, string>> }) {
  const { location } = usePage();
  const { selector = "", machine = "" } = location.place.value.query;
  const grouping = groupingOf(by);
  const which = grouping === "cve" ? { cve: name } : { name };
  const groups = useRead<{ items: (UpdateGroup | CveGroup)[] }>("/api/v1/updates/groups", {
    query: { by: grouping, ...which, selector, limit: 1 },
    of: ["updates", "machines"],
    every: 3_000,
  });
  const list = useLongList<Missing>({
    path: "/api/v1/updates",
    query: { ...which, selector },
    idOf: missingId,
    of: ["updates", "machines"],
    pageSize: 200,
    order: "named",
  });
  const rows = list.rows.value;
  const chosen = rows.find((row) => row.machine === machine);
  return (
    <Page
      title={cut(name, 80)}
      heading={<Name text={name} longest={160} />}
      trail={[{ name: "Updates", to: withQuery("/updates", { by: grouping === "cve" ? "cve" : "", selector }) }]}
      actions={<SelectorBox />}
    >
      <Shown of={groups} lines={4}>
        {({ items: [group] }) => (group ? <GroupFigures group={group} rows={rows} /> : null)}
      </Shown>
      <Beside
        aside={
          machine && (
            <Aside name={`Why on ${cut(machine, 80)}`} heading="Why" onClose={() => location.narrow({ machine: null })}>
              <Link to={`/machines/${inPath(machine)}`}>
                <Name text={machine} longest={120} />
              </Link>
              <WhyUpdate key={machine} machine={machine} update={name} />
            </Aside>
          )
        }
      >
        <ListTable
          list={list}
          label="Machines that miss it"
          columns={grouping === "cve" ? CVE_COLUMNS : UPDATE_COLUMNS}
          idOf={missingId}
          chosen={chosen && missingId(chosen)}
          onChoose={(row) => location.narrow({ machine: row.machine })}
          below={190}
          empty={
            <Empty says={selector ? "No machine that this selector selects misses it." : "No machine misses it."}>
              It may have been installed since; see all <Link to="/updates">updates</Link>.
            </Empty>
          }
        />
      </Beside>
    </Page>
  );
}
