import { useMemo, useState } from "preact/hooks";
import { FIRST_VIEW, type JsonRow, jsonRows, toggled } from "../model/json-rows.ts";
import { cut } from "../model/words.ts";
import { Lines } from "./lines.tsx";

const LONGEST = 2_000;

/** A JSON value that opens and closes. */
export function JsonTree({ label, value, around = 320 }: { label: string; value: unknown; around?: number }) {
  const [view, setView] = useState(FIRST_VIEW);
  const rows = useMemo(() => jsonRows(value, view), [value, view]);
  return (
    <Lines label={label} lines={rows} keyOf={(_, index) => index} around={around}>
      {(row) => <Row row={row} onToggle={() => setView((before) => toggled(before, row))} />}
    </Lines>
  );
}

function Row({ row, onToggle }: { row: JsonRow; onToggle(): void }) {
  const { depth, name, kind, text, of } = row;
  const inside = (
    <>
      {name !== undefined && (
        <>
          <bdi class="json-name">{cut(name)}</bdi>
          <span class="soft">: </span>
        </>
      )}
      <bdi class={`json-${of}`}>{cut(text, LONGEST)}</bdi>
    </>
  );
  const indent = { paddingLeft: `${depth * 18 + 4}px` };
  if (kind === "value") {
    return (
      <span class="json-row" style={indent}>
        {inside}
      </span>
    );
  }
  return (
    <button type="button" class="json-row" style={indent} aria-expanded={kind === "more" ? undefined : kind === "open"} onClick={onToggle}>
      {inside}
    </button>
  );
}
