import type { Overview } from "../../../protocol/http/overview.ts";
import { type AgeRow, ageMatrix } from "../../model/ages.ts";
import { countText } from "../../model/words.ts";
import { Sheet } from "../../parts/page.tsx";
import { type ReportColumn, ReportTable } from "../../parts/report-table.tsx";
import { Status } from "../../parts/status.tsx";

type Updates = NonNullable<Overview["updates"]>;
interface Counted {
  word: string;
  count: number;
  machines: number;
}

const counted = (by: string): readonly ReportColumn<Counted>[] => [
  { name: by, value: ({ word }) => word, cell: ({ word }) => <Status word={word} /> },
  { name: "missing", number: true, value: ({ count }) => count, cell: ({ count }) => countText(count) },
  { name: "machines", number: true, value: ({ machines }) => machines, cell: ({ machines }) => countText(machines) },
];

/** What is missing, by what it is, how bad, and how long it has been known. */
export function MissingByKind({ updates: { byClassification, bySeverity, byAge } }: { updates: Updates }) {
  const { ages, rows } = ageMatrix(byAge);
  const ageColumns: readonly ReportColumn<AgeRow>[] = [
    { name: "known for", value: ({ name }) => name },
    ...ages.map(
      (name, at): ReportColumn<AgeRow> => ({ name, number: true, value: ({ counts }) => counts[at] ?? 0, cell: ({ counts }) => countText(counts[at] ?? 0) }),
    ),
    { name: "all", number: true, value: ({ all }) => all, cell: ({ all }) => countText(all) },
  ];
  return (
    <Sheet name="Missing updates">
      <ReportTable label="Missing updates by age" file="missing-by-age" columns={ageColumns} rows={rows} />
      <div class="columns">
        <ReportTable
          label="Missing updates by classification"
          file="missing-by-classification"
          columns={counted("classification")}
          rows={byClassification.map(({ classification, ...counts }) => ({ word: classification, ...counts }))}
        />
        <ReportTable
          label="Missing updates by severity"
          file="missing-by-severity"
          columns={counted("severity")}
          rows={bySeverity.map(({ severity, ...counts }) => ({ word: severity, ...counts }))}
        />
      </div>
    </Sheet>
  );
}
