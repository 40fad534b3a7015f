import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { countText } from "../model/words.ts";
import type { Drawing } from "./chart-code.ts";
import { DASHES, type Picture } from "./picture.ts";
import { Wide } from "./wide.tsx";

export interface ChartProps extends Omit<Picture, "stacked"> {
  /** What it shows, for whoever can't see it. */
  label: string;
  /** What stands on the axis, such as `Day`. */
  axis: string;
  isStacked?: boolean;
  height?: number;
}

/** Lines over time. Its room is there before its code is; the same numbers stand in a table below it. */
export function Chart({ label, axis, at, lines, isStacked = false, height = 190 }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing>();
  const [failed, setFailed] = useState(false);
  const picture = useMemo((): Picture => ({ at, lines, stacked: isStacked }), [at, lines, isStacked]);
  useEffect(() => {
    let left = false;
    let made: Drawing | undefined;
    import("./chart-code.ts").then(
      ({ drawInto }) => {
        if (left || !element.current) return;
        made = drawInto(element.current);
        setDrawing(made);
      },
      () => setFailed(true),
    );
    return () => {
      left = true;
      made?.end();
    };
  }, []);
  useEffect(() => drawing?.show(picture), [drawing, picture]);
  return (
    <figure class="chart" aria-label={label}>
      <ul class="legend">
        {lines.map(({ name, tone, values }) => (
          <li key={name} class="status">
            <svg width="22" height="8" aria-hidden="true" class={`tone-${tone}`}>
              <path d="M0 4h22" stroke="currentColor" stroke-width="2" stroke-dasharray={DASHES[tone].join(" ")} />
            </svg>
            <span>{name}</span>
            <strong>{figure(values.at(-1))}</strong>
          </li>
        ))}
      </ul>
      <div ref={element} class="canvas" role="img" aria-label={`${label}; the table below has its numbers`} style={{ height: `${height}px` }}>
        {failed && <span class="soft">The chart's code couldn't be loaded; the numbers stand below.</span>}
      </div>
      <details>
        <summary>As a table</summary>
        <Wide label={`${label}, as a table`}>
          <NumbersTable axis={axis} at={at} lines={lines} />
        </Wide>
      </details>
    </figure>
  );
}

/** The numbers of a chart, the newest first. */
export function NumbersTable({ axis, at, lines }: Pick<ChartProps, "axis" | "at" | "lines">) {
  return (
    <table class="plain-table">
      <thead>
        <tr>
          <th scope="col">{axis}</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {at
          .map((place, index) => (
            <tr key={place}>
              <th scope="row">{place}</th>
              {lines.map(({ name, values }) => (
                <td key={name} class="number">
                  {figure(values[index])}
                </td>
              ))}
            </tr>
          ))
          .reverse()}
      </tbody>
    </table>
  );
}

const figure = (value: number | null | undefined): string => (typeof value === "number" ? countText(value) : "–");
