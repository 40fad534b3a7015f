import { inPath } from "../../model/engine.ts";
import { countText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";

interface ScopeRow {
  scope: string;
  machines: number;
  runbooks: number;
}

const depthOf = (scope: string): number => (scope === "/" ? 0 : scope.split("/").length - 1);

const COLUMNS: readonly Column<ScopeRow>[] = [
  {
    name: "Scope",
    width: "minmax(140px, 3fr)",
    cell: ({ scope }) => (
      <span style={{ paddingLeft: `${depthOf(scope) * 18}px` }}>
        <Name text={scope} />
      </span>
    ),
  },
  {
    name: "Machines",
    width: "76px",
    number: true,
    cell: ({ scope, machines }) =>
      machines === 0 ? <span class="soft">0</span> : <Link to={`/machines?selector=${inPath(`scope=${scope}`)}`}>{countText(machines)}</Link>,
  },
  { name: "Runbooks", width: "76px", number: true, cell: ({ runbooks }) => (runbooks === 0 ? <span class="soft">0</span> : countText(runbooks)) },
];

/** The tree of places that the viewer may see. A scope is there as soon as something lies in it. */
export function Scopes() {
  const read = useRead<{ items: ScopeRow[] }>("/api/v1/scopes", { of: ["machines", "runbooks", "resources"], every: 5_000 });
  return (
    <>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={read.value !== undefined} />}
      <RowTable<ScopeRow>
        label="Scopes"
        rows={read.value?.items ?? []}
        columns={COLUMNS}
        idOf={({ scope }) => scope}
        isLoading={read.value === undefined && read.problem === undefined}
        empty={<Empty says="Nothing lies in any scope yet.">Give a runbook or a join token a scope such as /prod: it is there then.</Empty>}
      />
    </>
  );
}
