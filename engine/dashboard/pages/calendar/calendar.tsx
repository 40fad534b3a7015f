import { useMemo } from "preact/hooks";
import type { Calendar as Answer } from "../../../protocol/http/calendar.ts";
import { type OccurrenceState, rangeOf, statesIn } from "../../model/calendar.ts";
import { CALENDAR_VIEWS, type CalendarView, dayAt, daysOf, isDay, titleOf, turned } from "../../model/days.ts";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { useMedia } from "../../parts/use-media.ts";
import { When } from "../../parts/when.tsx";
import { DayList } from "./day-list.tsx";
import { Lanes } from "./lanes.tsx";
import { Said } from "./sign.tsx";

const isView = (text: string | undefined): text is CalendarView => CALENDAR_VIEWS.some((view) => view === text);
const NAMES: Readonly<Record<CalendarView, string>> = { month: "Month", week: "Week", list: "List" };

/** When windows open and what is frozen, in the viewer's zone; which days stands in the address. */
export function Calendar() {
  const { location, time, zone } = usePage();
  const { view: asked, day: askedDay, window = "" } = location.place.value.query;
  const isPhone = useMedia("(width <= 640px)");
  // A month of a busy team is too long for a phone.
  const view = isPhone ? "week" : isView(asked) ? asked : "month";
  const today = dayAt(time.now(), zone);
  const day = isDay(askedDay) ? askedDay : today;
  const days = daysOf(view, day);
  const range = useMemo(() => rangeOf(days, zone), [days.join(), zone]);
  const read = useRead<Answer>("/api/v1/calendar", {
    query: { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() },
    of: ["resources", "deployments"],
    every: 3_000,
  });
  const turn = (to: "earlier" | "later") => location.narrow({ day: turned(view, day, to) });
  return (
    <section class="sheet calendar" aria-label="Calendar">
      <div class="calendar-bar">
        <h2 aria-live="polite">{titleOf(view, day)}</h2>
        <button type="button" class="button" aria-label="Earlier" onClick={() => turn("earlier")}>
          ‹
        </button>
        <button type="button" class="button" onClick={() => location.narrow({ day: null })} disabled={days.includes(today)}>
          Today
        </button>
        <button type="button" class="button" aria-label="Later" onClick={() => turn("later")}>
          ›
        </button>
        {!isPhone && (
          <fieldset class="choice">
            <legend class="hidden-text">View</legend>
            {CALENDAR_VIEWS.map((one) => (
              <button
                key={one}
                type="button"
                class="button"
                aria-pressed={one === view}
                onClick={() => location.narrow({ view: one === "month" ? null : one })}
              >
                {NAMES[one]}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <Shown of={read} lines={5}>
        {(calendar) => {
          const narrowed = window === "" ? calendar : { ...calendar, windows: calendar.windows.filter((one) => one.name === window) };
          return (
            <>
              {isPhone || view === "list" ? (
                <DayList calendar={narrowed} range={range} />
              ) : (
                <>
                  <Lanes calendar={narrowed} range={range} view={view} />
                  <Legend states={statesIn(narrowed, range, time.now())} />
                </>
              )}
              {calendar.cutAt !== null && (
                <p class="lane-note soft">
                  There is too much to show: what begins from <When at={calendar.cutAt} /> on is left out. Look at a week.
                </p>
              )}
            </>
          );
        }}
      </Shown>
    </section>
  );
}

function Legend({ states }: { states: readonly OccurrenceState[] }) {
  if (states.length === 0) return null;
  return (
    <ul class="legend lane-note" aria-label="What the signs mean">
      {states.map((state) => (
        <li key={state}>
          <Said state={state} />
        </li>
      ))}
    </ul>
  );
}
