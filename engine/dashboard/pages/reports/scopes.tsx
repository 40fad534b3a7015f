import { COMPLIANCE_STATES } from "../../../core/update.ts";
import type { MachineFacets } from "../../../protocol/http/fleet.ts";
import type { Overview } from "../../../protocol/http/overview.ts";
import { withQuery } from "../../model/engine.ts";
import { countText, shareText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Sheet } from "../../parts/page.tsx";
import { Shown, useRead, useReads } from "../../parts/read.tsx";
import { type ReportColumn, ReportTable } from "../../parts/report-table.tsx";

interface ScopeRow {
  scope: string;
  /** undefined: still to come. */
  figures: Pick<Overview, "machines" | "updates"> | undefined;
}

const OFTEN_ENOUGH_MS = 60_000;

const machines = ({ figures }: ScopeRow, of: (machines: NonNullable<Overview["machines"]>) => number): number | null =>
  figures?.machines ? of(figures.machines) : null;
const updates = ({ figures }: ScopeRow, of: (updates: NonNullable<Overview["updates"]>) => number): number | null =>
  figures?.updates ? of(figures.updates) : null;
const shown = (count: number | null): string => (count === null ? "…" : countText(count));

const figure = (name: string, value: (row: ScopeRow) => number | null): ReportColumn<ScopeRow> => ({
  name,
  number: true,
  value,
  cell: (row) => shown(value(row)),
});

const COLUMNS: readonly ReportColumn<ScopeRow>[] = [
  {
    name: "scope",
    value: ({ scope }) => scope,
    cell: ({ scope }) => (
      <Link to={withQuery("/machines", { selector: `scope=${scope}` })}>
        <Name text={scope} longest={80} />
      </Link>
    ),
  },
  figure("machines", (row) => machines(row, ({ total }) => total)),
  {
    name: "share compliant",
    number: true,
    value: (row) => machines(row, ({ total, byCompliance }) => (total === 0 ? 0 : Math.round((byCompliance.compliant / total) * 1e4) / 1e4)),
    cell: ({ figures }) => (figures?.machines ? shareText(figures.machines.byCompliance.compliant, figures.machines.total) : "…"),
  },
  ...COMPLIANCE_STATES.map((state) => figure(state, (row) => machines(row, ({ byCompliance }) => byCompliance[state]))),
  figure("missing", (row) => updates(row, ({ missing }) => missing)),
  figure("overdue", (row) => updates(row, ({ overdue }) => overdue)),
];

/** Each scope with what lies below it, those with most machines first. */
export function ByScope({ selector }: { selector: string }) {
  const facets = useRead<MachineFacets>("/api/v1/machines/facets", { query: { selector }, of: ["machines"], every: OFTEN_ENOUGH_MS });
  const scopes = facets.value?.scope.items.map(({ value }) => value) ?? [];
  const figures = useReads<Overview>(
    "/api/v1/overview",
    scopes.map((scope) => ({ selector: `${selector} scope=${scope}`.trim() })),
    { of: ["machines", "updates"], every: OFTEN_ENOUGH_MS },
  );
  const rows = scopes.map((scope, index): ScopeRow => ({ scope, figures: figures[index]?.value }));
  return (
    <Sheet name="Compliance by scope">
      <Shown of={facets} lines={4}>
        {({ scope: { more } }) =>
          rows.length === 0 ? (
            <Empty says="No machine to report on." />
          ) : (
            <ReportTable
              label="Compliance by scope"
              file="compliance-by-scope"
              columns={COLUMNS}
              rows={rows}
              foot={`A scope counts what lies below it.${more > 0 ? ` ${countText(more)} more scopes have fewer machines.` : ""}`}
            />
          )
        }
      </Shown>
    </Sheet>
  );
}
