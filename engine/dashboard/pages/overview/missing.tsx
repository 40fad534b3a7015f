import type { Overview } from "../../../protocol/http/overview.ts";
import { withQuery } from "../../model/engine.ts";
import { countText } from "../../model/words.ts";
import { Ages } from "../../parts/ages.tsx";
import { Link } from "../../parts/link.tsx";
import { Figures, Sheet } from "../../parts/page.tsx";
import { Amount } from "../../parts/parts-bar.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Updates = NonNullable<Overview["updates"]>;

/** What is missing on all machines together. */
export function Missing({ updates, selector }: { updates: Updates; selector: string }) {
  const { missing, overdue, exploited, byClassification, bySeverity, byAge, oldestSecurityFirstSeenAt } = updates;
  return (
    <Sheet name="Missing updates">
      <Figures
        figures={[
          { name: "missing", value: countText(missing), to: withQuery("/updates", { selector }) },
          { name: "overdue", value: countText(overdue), tone: overdue > 0 ? "bad" : undefined, to: withQuery("/reports", { selector }) },
          { name: "exploited", value: countText(exploited), tone: exploited > 0 ? "bad" : undefined, to: withQuery("/updates", { selector, exploited: true }) },
          { name: "oldest security update first seen", value: <Time at={oldestSecurityFirstSeenAt} /> },
        ]}
      />
      {missing > 0 && (
        <>
          <div class="columns">
            <Counts
              by="classification"
              selector={selector}
              rows={byClassification.map(({ classification, ...counts }) => ({ word: classification, ...counts }))}
            />
            <Counts by="severity" selector={selector} rows={bySeverity.map(({ severity, ...counts }) => ({ word: severity, ...counts }))} />
          </div>
          <Ages byAge={byAge} />
        </>
      )}
    </Sheet>
  );
}

/** How often each kind is missing and on how many machines; each leads to the list narrowed to it. */
export function Counts({
  by,
  rows,
  selector,
}: {
  by: "classification" | "severity";
  rows: readonly { word: string; count: number; machines: number }[];
  selector: string;
}) {
  const most = Math.max(...rows.map(({ count }) => count));
  return (
    <table class="plain-table">
      <caption class="hidden-text">Missing updates by {by}</caption>
      <thead>
        <tr>
          <th scope="col">{by}</th>
          <th scope="col" class="number">
            missing
          </th>
          <th scope="col" class="number">
            machines
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ word, count, machines }) => (
          <tr key={word}>
            <th scope="row">
              <Link to={withQuery("/updates", { [by]: word, selector })}>
                <Status word={word} />
              </Link>
            </th>
            <td class="number">
              <Amount count={count} most={most} />
            </td>
            <td class="number">{countText(machines)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
