import { countText, shareText } from "../model/words.ts";
import { Link } from "./link.tsx";
import { Shape, type Tone, toneOf } from "./status.tsx";

export interface Part {
  /** Of the product's words: its shape and colour follow from it. */
  word: string;
  count: number;
  tone?: Tone;
  to?: string;
}

/** A whole in parts, with a legend that says how many each has. Parts of nothing stay in the legend, so that it keeps its places. */
export function PartsBar({ label, parts }: { label: string; parts: readonly Part[] }) {
  const whole = parts.reduce((sum, { count }) => sum + count, 0);
  return (
    <div class="stack">
      <div class="parts-bar" role="img" aria-label={`${label}: ${parts.map(({ word, count }) => `${countText(count)} ${word}`).join(", ")}`}>
        {parts.map(({ word, count, tone = toneOf(word) }) => count > 0 && <span key={word} class={`tone-${tone}`} style={{ flexGrow: count, flexBasis: 0 }} />)}
      </div>
      <ul class="legend">
        {parts.map(({ word, count, tone = toneOf(word), to }) => (
          <li key={word} class="status">
            <Shape tone={tone} />
            <strong>{countText(count)}</strong>
            {to ? <Link to={to}>{word}</Link> : <span>{word}</span>}
            <span class="soft">{shareText(count, whole)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How much of the most something is, behind a number in a table. Read by the eye alone: the number says the same. */
export function Amount({ count, most }: { count: number; most: number }) {
  return (
    <span class="amount">
      <span class="rule" aria-hidden="true">
        <span style={{ width: `${most === 0 ? 0 : Math.max(count === 0 ? 0 : 2, (count / most) * 100)}%` }} />
      </span>
      {countText(count)}
    </span>
  );
}
