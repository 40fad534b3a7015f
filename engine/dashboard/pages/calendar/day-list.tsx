import type { Calendar } from "../../../protocol/http/calendar.ts";
import { type CalendarEntry, entriesOf, type Range, whyOf } from "../../model/calendar.ts";
import { longDay } from "../../model/days.ts";
import { inPath } from "../../model/engine.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Hours, Span } from "../../parts/when.tsx";
import { Said } from "./sign.tsx";

/** The same as a list, day by day: for phones, and for whoever reads it from top to bottom. */
export function DayList({ calendar, range }: { calendar: Calendar; range: Range }) {
  const { now, time } = usePage();
  void now.value;
  const days = entriesOf(calendar, range, time.now());
  if (days.length === 0) return <p class="lane-note soft">No window opens in these days, and nothing is frozen.</p>;
  return (
    <ol class="day-list">
      {days.map(({ day, entries }) => (
        <li key={day} class="calendar-day">
          <h3>{longDay(day)}</h3>
          <ul>
            {entries.map((entry) => (
              <Entry key={`${entry.kind}${entry.at}${entry.kind === "window" ? entry.opening.name : entry.freeze.name}`} entry={entry} />
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Entry({ entry }: { entry: CalendarEntry }) {
  if (entry.kind === "freeze") {
    const { name, reason, from, to } = entry.freeze;
    return (
      <li class="day-entry">
        <Said state="frozen" />
        <span class="what">
          <Name text={`${name}: ${reason}`} longest={120} />
        </span>
        <span class="hours">
          <Span from={from} to={to} />
        </span>
      </li>
    );
  }
  const { name, opensAt, closesAt, deployment } = entry.opening;
  const why = whyOf(entry.opening);
  return (
    <li class="day-entry">
      <Said state={entry.state} />
      <span class="what">
        <Link to={deployment ? `/deployments/${inPath(deployment.id)}` : `/windows/${inPath(name)}`}>
          <Name text={name} longest={60} />
        </Link>
        {why && (
          <span class="soft">
            {" "}
            <Name text={why} longest={160} />
          </span>
        )}
      </span>
      <Hours from={opensAt} to={closesAt} />
    </li>
  );
}
