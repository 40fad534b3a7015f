import type { Machine, Package } from "../../../protocol/http/machines.ts";
import { inPath } from "../../model/engine.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Search } from "../../parts/search.tsx";
import { Badge } from "../../parts/status.tsx";

const COLUMNS: readonly Column<Package>[] = [
  { name: "Package", width: "minmax(140px, 2fr)", cell: ({ name }) => <Name text={name} /> },
  { name: "Version", width: "minmax(100px, 1fr)", cell: ({ version }) => <Name text={version} /> },
  { name: "Architecture", width: "100px", rank: 2, cell: ({ architecture }) => <Name text={architecture} /> },
  { name: "Held", width: "64px", cell: ({ held }) => held && <Badge tone="warn">held</Badge> },
];

/** What is installed on it; the search looks through names. */
export function Packages({ machine }: { machine: Machine }) {
  const { location } = usePage();
  const { search = "" } = location.place.value.query;
  const read = useRead<{ items: Package[] }>(`/api/v1/machines/${inPath(machine.name)}/packages`, { of: ["updates"], every: 10_000 });
  const all = read.value?.items ?? [];
  const wanted = search.toLowerCase();
  const rows = wanted === "" ? all : all.filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <>
      <div class="filters">
        <Search name="Name of a package" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
      </div>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={read.value !== undefined} />}
      <RowTable
        label="Installed packages"
        rows={rows}
        columns={COLUMNS}
        idOf={({ name, architecture, version }) => `${name} ${architecture} ${version}`}
        isLoading={read.value === undefined && read.problem === undefined}
        empty={search ? <Empty says="No package has that in its name." /> : <Empty says="It hasn't reported what is installed yet." />}
      />
    </>
  );
}
