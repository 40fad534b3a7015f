import { LineChart, type LineSeriesOption } from "echarts/charts";
import { GridComponent, type GridComponentOption, TooltipComponent, type TooltipComponentOption } from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { countText, shortCount } from "../model/words.ts";
import { DASHES, type Picture } from "./picture.ts";

use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);
type Option = ComposeOption<LineSeriesOption | GridComponentOption | TooltipComponentOption>;

export interface Drawing {
  show(picture: Picture): void;
  end(): void;
}

/** Draws into an element, again when its size or the page's theme changes, and in ink for paper. */
export function drawInto(element: HTMLElement): Drawing {
  const chart = init(element, null, { renderer: "canvas" });
  let shown: Picture | undefined;
  const draw = () => {
    if (!shown) return;
    chart.setOption(optionOf(shown, colours()), { notMerge: true });
    chart.getZr().flush(); // paper doesn't wait for the next frame
  };
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  const themes = new MutationObserver(draw);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const media = ["print", "(prefers-color-scheme: dark)"].map((query) => matchMedia(query));
  for (const one of media) one.addEventListener("change", draw);
  return {
    show(picture) {
      shown = picture;
      draw();
    },
    end() {
      observer.disconnect();
      themes.disconnect();
      for (const one of media) one.removeEventListener("change", draw);
      chart.dispose();
    },
  };
}

/** The theme's constants, as styles/tokens.css has them now. */
function colours(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function optionOf({ at, lines, stacked }: Picture, colour: (name: string) => string): Option {
  const text = { color: colour("ink-soft"), fontFamily: colour("mono"), fontSize: 11 };
  const line = { lineStyle: { color: colour("line") } };
  return {
    animation: false,
    grid: { left: 0, right: 12, top: 10, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: {
      type: "category",
      data: [...at],
      boundaryGap: false,
      axisLine: line,
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: (day: string) => day.slice(5) },
    },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, splitLine: line, axisLabel: { ...text, formatter: shortCount } },
    // Drawn, not written as HTML: names in it may be anybody's choice.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("raised"),
      borderColor: colour("line-strong"),
      textStyle: { color: colour("ink"), fontFamily: colour("sans"), fontSize: 12 },
      valueFormatter: (value) => (typeof value === "number" ? countText(value) : "–"),
    },
    series: lines.map(({ name, tone, values }) => ({
      name,
      type: "line",
      data: [...values],
      showSymbol: false,
      // One day alone makes no line.
      ...(values.filter((value) => value !== null).length === 1 ? { showSymbol: true, showAllSymbol: true, symbolSize: 7 } : {}),
      itemStyle: { color: colour(tone) },
      lineStyle: { color: colour(tone), width: 1.75, type: [...DASHES[tone]] },
      ...(stacked ? { stack: "all", areaStyle: { color: colour(tone), opacity: 0.16 } } : {}),
    })),
  };
}
