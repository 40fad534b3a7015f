import { useRef, useState } from "preact/hooks";
import { type Scope, scopeIncludes } from "../../../core/scope.ts";
import type { Calendar } from "../../../protocol/http/calendar.ts";
import { type FreezePeriod, type Lane, lanesOf, type Mark, markAfterKey, type Range, shareOf, whyOf } from "../../model/calendar.ts";
import { isWeekend, weekdayText } from "../../model/days.ts";
import { inPath } from "../../model/engine.ts";
import { dayAndTime } from "../../model/exact-time.ts";
import { counted, cut, tinyCount } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Sign, wordOf } from "./sign.tsx";

/** Signs that a day has room for. */
const SLOTS = { month: 1, week: 4 } as const;
const MOST_LANES = 60;
const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** Windows as lanes over days, with freezes behind them. One sign has the focus: arrow keys move it along its lane and to others. */
export function Lanes({ calendar, range, view }: { calendar: Calendar; range: Range; view: "month" | "week" }) {
  const { now, time } = usePage();
  void now.value;
  const lanes = lanesOf(calendar.windows, range, time.now(), SLOTS[view]);
  const shown = lanes.slice(0, MOST_LANES);
  const [active, setActive] = useState({ lane: 0, mark: 0 });
  const element = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = markAfterKey(event.key, shown, active);
    if (!next) return;
    event.preventDefault();
    setActive(next);
    element.current?.querySelector<HTMLElement>(`[data-mark="${next.lane}.${next.mark}"]`)?.focus();
  };
  const held = calendar.freezes.filter(({ from, to }) => Date.parse(from) < range.to && Date.parse(to) > range.from);
  const nowShare = shareOf(time.now(), range);
  const today = nowShare > 0 && nowShare < 1 ? Math.floor(nowShare * range.days.length) : -1;
  const perDay = new Map(calendar.schedules.map(({ day, occurrences }) => [day, occurrences]));
  const reached = shown[active.lane]?.marks[active.mark] ? active : { lane: shown.findIndex(({ marks }) => marks.length > 0), mark: 0 };
  return (
    <div class={`lanes ${view}`} ref={element} style={{ "--days": range.days.length }}>
      {today >= 0 && (
        <div class="now-line" aria-hidden="true">
          <i style={{ left: percent(nowShare) }} />
        </div>
      )}
      <div class="lane days" aria-hidden="true">
        <span class="lane-name" />
        <div class="track">
          {range.days.map((day, index) => (
            <span key={day} class={`day ${isWeekend(day) ? "weekend" : ""} ${index === today ? "today" : ""}`}>
              {weekdayText(day).slice(0, view === "week" ? 3 : 1)} <b>{Number(day.slice(8))}</b>
            </span>
          ))}
        </div>
      </div>
      {held.length > 0 && (
        <div class="lane">
          <span class="lane-name soft">Freezes</span>
          <ul class="track" aria-label="Freezes">
            {held.map((freeze) => (
              <FreezeBar key={`${freeze.name}${freeze.from}`} freeze={freeze} range={range} />
            ))}
          </ul>
        </div>
      )}
      {shown.map((lane, at) => (
        <div class="lane" key={lane.window}>
          <span class="lane-name">
            <Link to={`/windows/${inPath(lane.window)}`}>
              <Name text={lane.window} longest={60} />
            </Link>
          </span>
          <ul class="track" aria-label={`Openings of ${cut(lane.window, 60)}`}>
            <Held lane={lane} freezes={held} range={range} />
            {lane.marks.map((mark, index) => (
              <Opening
                key={mark.opening.occurrence}
                {...{ mark, view }}
                days={range.days}
                id={`${at}.${index}`}
                isReached={reached.lane === at && reached.mark === index}
                onReach={() => setActive({ lane: at, mark: index })}
                onKeyDown={onKeyDown}
              />
            ))}
          </ul>
        </div>
      ))}
      {lanes.length === 0 && <p class="lane-note soft">No window opens in these days.</p>}
      {lanes.length > shown.length && (
        <p class="lane-note soft">And {counted(lanes.length - shown.length, "more window")}: choose one of them in the filter below.</p>
      )}
      {perDay.size > 0 && (
        <div class="lane counts">
          <span class="lane-name soft">Schedules</span>
          <div class="track">
            {range.days.map((day) => (
              <span key={day} class="day number" title={`${counted(perDay.get(day) ?? 0, "occurrence")} of schedules (day in UTC)`}>
                {perDay.get(day) ? tinyCount(perDay.get(day) ?? 0) : ""}
              </span>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function FreezeBar({ freeze, range }: { freeze: FreezePeriod; range: Range }) {
  const { zone } = usePage();
  const begin = shareOf(Date.parse(freeze.from), range);
  const text = `${freeze.name}: ${freeze.reason}`;
  return (
    <li
      class="freeze"
      style={{ left: percent(begin), width: percent(shareOf(Date.parse(freeze.to), range) - begin) }}
      title={`${cut(text, 500)}\n${dayAndTime(freeze.from, zone)} – ${dayAndTime(freeze.to, zone)}\nholds ${freeze.holds.join(", ")} in ${freeze.scope}`}
    >
      <Sign state="frozen" />
      <span>
        <Name text={text} longest={120} />
      </span>
    </li>
  );
}

/** Behind a lane: when nothing of it may start. */
function Held({ lane, freezes, range }: { lane: Lane; freezes: readonly FreezePeriod[]; range: Range }) {
  return freezes
    .filter(({ scope, holds }) => holds.includes("deployments") && scopeIncludes(scope as Scope, lane.scope as Scope))
    .map(({ name, from, to }) => {
      const begin = shareOf(Date.parse(from), range);
      return (
        <li key={`${name}${from}`} class="held" aria-hidden="true" style={{ left: percent(begin), width: percent(shareOf(Date.parse(to), range) - begin) }} />
      );
    });
}

/** Narrower than this share of the range, a mark has no room for its time beside it. */
const ROOM_FOR_TIME = 0.055;

interface OpeningProps {
  mark: Mark;
  view: "month" | "week";
  days: Range["days"];
  id: string;
  isReached: boolean;
  onReach(): void;
  onKeyDown(event: KeyboardEvent): void;
}

function Opening({ mark, view, days, id, isReached, onReach, onKeyDown }: OpeningProps) {
  const { zone, location } = usePage();
  const { opening, state, count, begin, room } = mark;
  const { name, opensAt, closesAt, deployment } = opening;
  const why = whyOf(opening);
  const says = count > 1 ? `${count} openings, the gravest ${wordOf(state)}` : `${wordOf(state)}${why ? `, ${cut(why, 300)}` : ""}`;
  const label = `${cut(name, 60)}, ${dayAndTime(opensAt, zone)} to ${dayAndTime(closesAt, zone)}: ${says}`;
  const to =
    count > 1 && view === "month"
      ? addressOf({ ...location.place.value.query, view: "week", day: mark.day })
      : deployment
        ? `/deployments/${inPath(deployment.id)}`
        : `/windows/${inPath(name)}`;
  return (
    <li
      class="opening"
      style={view === "month" ? { left: percent(days.indexOf(mark.day) / days.length), width: percent(1 / days.length) } : { "--begin": percent(begin) }}
    >
      <Link to={to} title={label} aria-label={label} tabIndex={isReached ? 0 : -1} data-mark={id} onFocus={onReach} onKeyDown={onKeyDown}>
        <Sign state={state} />
        {count > 1 ? count : view === "week" && room > ROOM_FOR_TIME && dayAndTime(opensAt, zone).slice(-5)}
      </Link>
    </li>
  );
}

const addressOf = (query: Readonly<Record<string, string>>): string => `/deployments?${new URLSearchParams(query)}`;
