import { useMemo } from "preact/hooks";
import { tokenLines } from "../model/source/source-tokens.ts";
import { Lines } from "./lines.tsx";

/** Characters of a line that are drawn: bundles may have all in one. */
const LONGEST = 2_000;

/** Source text with numbers of lines. @param line the one that is pointed at, from 1 */
export function Source({ label, text, line, onLine, around }: { label: string; text: string; line?: number; onLine?(line: number): void; around?: number }) {
  const lines = useMemo(() => tokenLines(text), [text]);
  return (
    <Lines label={label} lines={lines} keyOf={(_, index) => index} at={line} around={around}>
      {(tokens, index) => (
        <span class="source-line" data-at={index + 1 === line ? "" : undefined}>
          {onLine ? (
            <button type="button" class="at" tabIndex={-1} aria-label={`Line ${index + 1}`} onClick={() => onLine(index + 1)}>
              {index + 1}
            </button>
          ) : (
            <span class="at">{index + 1}</span>
          )}
          <code>
            {tokens.map(({ kind, text }, place) => (
              <span key={place} class={kind === "plain" ? undefined : `token-${kind}`}>
                {text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}
              </span>
            ))}
          </code>
        </span>
      )}
    </Lines>
  );
}
