import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { rowsInView } from "../model/rows-in-view.ts";

export interface LinesProps<Line> {
  label: string;
  lines: readonly Line[];
  /** Ascending: by it a line is found again when others come or go above it, so that what is read stays in its place. */
  keyOf(line: Line, index: number): number;
  children(line: Line, index: number): ComponentChildren;
  /** Pixels of the window that are needed for what stands around. */
  around?: number;
  lineHeight?: number;
  /** Called when the reader leaves the end, or comes back to it. With it, the end is followed until then. */
  onFollow?(state: "following" | "reading"): void;
  /** Position of the line to begin at. */
  at?: number;
}

const AT_END = 4;

/** Text in lines of one height, of which only those in view are drawn. It scrolls by keyboard as any text does. */
export function Lines<Line>({ label, lines, keyOf, children, around = 280, lineHeight = 19, onFollow, at }: LinesProps<Line>) {
  const scroll = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const place = useRef({ key: Number.NEGATIVE_INFINITY, offset: 0, isAtEnd: onFollow !== undefined });
  const current = useRef({ lines, keyOf, onFollow });
  current.current = { lines, keyOf, onFollow };

  const look = () => {
    const element = scroll.current;
    if (!element) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    const { lines, keyOf, onFollow } = current.current;
    const first = Math.min(Math.floor(scrollTop / lineHeight), Math.max(0, lines.length - 1));
    const line = lines[first];
    const isAtEnd = onFollow !== undefined && scrollTop + clientHeight >= scrollHeight - AT_END;
    if (onFollow && isAtEnd !== place.current.isAtEnd) onFollow(isAtEnd ? "following" : "reading");
    place.current = { key: line === undefined ? Number.NEGATIVE_INFINITY : keyOf(line, first), offset: scrollTop - first * lineHeight, isAtEnd };
    setView((before) => (before.top === scrollTop && before.height === clientHeight ? before : { top: scrollTop, height: clientHeight }));
  };

  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const { key, offset, isAtEnd } = place.current;
    if (isAtEnd) element.scrollTop = element.scrollHeight;
    else if (key !== Number.NEGATIVE_INFINITY) {
      const wanted = indexOf(lines, keyOf, key) * lineHeight + offset;
      if (Math.abs(wanted - element.scrollTop) >= 1) element.scrollTop = wanted;
    }
    look();
  }, [lines]);
  useLayoutEffect(() => {
    if (at !== undefined && scroll.current) scroll.current.scrollTop = Math.max(0, (at - 6) * lineHeight);
  }, [at]);

  const { first, end } = rowsInView({ count: lines.length, rowHeight: lineHeight, top: view.top, height: view.height });
  return (
    <div
      ref={scroll}
      class="lines"
      role="region"
      aria-label={label}
      tabIndex={0}
      style={{ maxHeight: `max(240px, calc(100dvh - ${around}px))`, "--line": `${lineHeight}px` }}
    >
      <div class="whole" style={{ height: `${lines.length * lineHeight}px` }}>
        <div class="drawn" style={{ top: `${first * lineHeight}px` }}>
          {lines.slice(first, end).map((line, index) => (
            <div key={keyOf(line, first + index)} class="one">
              {children(line, first + index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** Position of the line with this key, or of the first one behind it. */
function indexOf<Line>(lines: readonly Line[], keyOf: (line: Line, index: number) => number, key: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const line = lines[middle];
    if (line !== undefined && keyOf(line, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
