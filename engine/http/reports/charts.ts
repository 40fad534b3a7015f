import { type Html, html } from "./html.ts";

/** A part of a bar: `look` is one of the classes of the page's styles. */
export interface Segment {
  label: string;
  value: number;
  look: "good" | "bad" | "warn" | "quiet" | "busy" | "accent";
}

const percent = (value: number, all: number): string => (all === 0 ? "0" : ((value / all) * 100).toFixed(2));

/** One bar that is 100 % wide, in the order of its segments. */
export function stackedBar(segments: readonly Segment[], label: string): Html {
  const all = segments.reduce((sum, { value }) => sum + value, 0);
  let x = 0;
  const parts = segments.flatMap(({ label, value, look }) => {
    if (value === 0) return [];
    const at = percent(x, all);
    x += value;
    return [html`<rect class="${look}" x="${at}%" width="${percent(value, all)}%" height="12"><title>${label}: ${value}</title></rect>`];
  });
  return html`<svg class="bar" role="img" aria-label="${label}" width="100%" height="12">${all === 0 ? html`<rect class="sunken" width="100%" height="12"/>` : parts}</svg>`;
}

export interface Row {
  label: string;
  segments: readonly Segment[];
  note: string;
}

/** Rows of horizontal bars that share one scale. */
export function bars(rows: readonly Row[]): Html {
  const total = ({ segments }: Row) => segments.reduce((sum, { value }) => sum + value, 0);
  const most = Math.max(1, ...rows.map(total));
  return html`<table class="bars">${rows.map(
    (row) =>
      html`<tr><th scope="row">${row.label}</th><td><svg class="bar" role="img" aria-label="${row.label}: ${row.note}" width="100%" height="12">${row.segments.map(
        ({ label, value, look }, i) =>
          html`<rect class="${look}" x="${percent(
            row.segments.slice(0, i).reduce((sum, one) => sum + one.value, 0),
            most,
          )}%" width="${percent(value, most)}%" height="12"><title>${label}: ${value}</title></rect>`,
      )}</svg></td><td class="number">${row.note}</td></tr>`,
  )}</table>`;
}

export interface Column {
  label: string;
  segments: readonly Segment[];
}

/** As wide as the page, and as half of it: text has its own size then. */
const WIDTHS = { columns: 1_000, lines: 470 };
const HEIGHT = 170;
const BOTTOM = 20;
const LEFT = 44;

/** Columns side by side, with a scale on the left; of many, only some have their label. */
export function columns(all: readonly Column[], label: string): Html {
  const totals = all.map(({ segments }) => segments.reduce((sum, { value }) => sum + value, 0));
  const top = niceTop(Math.max(0, ...totals));
  const width = WIDTHS.columns;
  const step = (width - LEFT) / Math.max(1, all.length);
  const every = Math.ceil(all.length / 10);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - 8);
  const drawn = all.map(({ label, segments }, i) => {
    let below = 0;
    const x = LEFT + i * step + step * 0.12;
    const rects = segments.flatMap(({ label: part, value, look }) => {
      if (value === 0) return [];
      const [from, to] = [below, below + value];
      below = to;
      return [
        html`<rect class="${look}" x="${x.toFixed(1)}" y="${y(to).toFixed(1)}" width="${(step * 0.76).toFixed(1)}" height="${(y(from) - y(to)).toFixed(1)}"><title>${label}, ${part}: ${value}</title></rect>`,
      ];
    });
    const text = i % every === 0 ? html`<text class="tick" text-anchor="middle" x="${(x + step * 0.38).toFixed(1)}" y="${HEIGHT - 5}">${label}</text>` : "";
    return html`${rects}${text}`;
  });
  // Where the page is too narrow for it, it moves sideways in its own place, also by keys.
  return html`<div class="sideways" role="group" aria-label="${label}" tabindex="0"><svg class="chart" role="img" aria-label="${label}" viewBox="0 0 ${width} ${HEIGHT}">${grid({ top, width }, y)}${drawn}</svg></div>`;
}

export interface Line {
  label: string;
  look: Segment["look"];
  values: readonly number[];
}

/** Lines over days; a single day is a point. */
export function lines(all: readonly Line[], days: readonly string[], label: string): Html {
  const top = niceTop(Math.max(0, ...all.flatMap(({ values }) => values)));
  const width = WIDTHS.lines;
  const x = (i: number) => LEFT + 6 + (days.length < 2 ? 0 : (i / (days.length - 1)) * (width - LEFT - 12));
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - 8);
  const every = Math.ceil(days.length / 6);
  const ticks = days.map((day, i) =>
    i % every === 0
      ? html`<text class="tick" text-anchor="${i === 0 ? "start" : "middle"}" x="${x(i).toFixed(1)}" y="${HEIGHT - 5}">${day.slice(5)}</text>`
      : "",
  );
  const drawn = all.map(({ label, look, values }) => {
    const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const last = values.length - 1;
    return html`<polyline class="line ${look}" points="${points}"><title>${label}</title></polyline><circle class="${look}" cx="${x(last).toFixed(1)}" cy="${y(values[last] ?? 0).toFixed(1)}" r="3"><title>${label}, ${days[last] ?? ""}: ${values[last] ?? 0}</title></circle>`;
  });
  return html`<svg class="chart" role="img" aria-label="${label}" viewBox="0 0 ${width} ${HEIGHT}">${grid({ top, width }, y)}${ticks}${drawn}</svg>`;
}

/** What the colours mean. */
export const legend = (parts: readonly Pick<Segment, "label" | "look">[]): Html =>
  html`<p class="legend">${parts.map(({ label, look }) => html`<span><svg width="10" height="10" aria-hidden="true"><rect class="${look}" width="10" height="10"/></svg>${label}</span>`)}</p>`;

const grid = ({ top, width }: { top: number; width: number }, y: (value: number) => number): Html =>
  html`${[0, top / 2, top].map(
    (value) =>
      html`<line class="grid" x1="${LEFT}" x2="${width}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text class="tick" text-anchor="end" x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}">${short(value)}</text>`,
  )}`;

/** The next of 2, 4, 10, 20, 40, 100 …: half of it is a whole number, too. */
export function niceTop(most: number): number {
  for (let size = 1; ; size *= 10) for (const times of [2, 4, 10]) if (most <= times * size) return times * size;
}

const short = (value: number): string => (value >= 1_000_000 ? `${value / 1_000_000}M` : value >= 1_000 ? `${value / 1_000}k` : String(value));
