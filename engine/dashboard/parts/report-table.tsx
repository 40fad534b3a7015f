import type { ComponentChildren } from "preact";
import { saveFile } from "../browser.ts";
import { type CsvCell, csvText } from "../model/csv.ts";
import { Wide } from "./wide.tsx";

export interface ReportColumn<Row> {
  name: string;
  number?: boolean;
  /** As a file has it: plain, without units. */
  value(row: Row): CsvCell;
  /** As it is shown; its value without it. */
  cell?(row: Row): ComponentChildren;
}

/** A table that can be printed, and taken along as a file. The first column names its rows. */
export function ReportTable<Row>({
  label,
  file,
  columns,
  rows,
  foot,
}: {
  label: string;
  file: string;
  columns: readonly ReportColumn<Row>[];
  rows: readonly Row[];
  foot?: ComponentChildren;
}) {
  const download = () =>
    saveFile({
      name: `${file}.csv`,
      type: "text/csv;charset=utf-8",
      text: csvText(
        columns.map(({ name }) => name),
        rows.map((row) => columns.map(({ value }) => value(row))),
      ),
    });
  return (
    <div class="stack">
      <Wide label={label}>
        <table class="plain-table">
          <thead>
            <tr>
              {columns.map(({ name, number }) => (
                <th key={name} scope="col" class={number ? "number" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {columns.map(({ name, number, value, cell }, at) => {
                  const inside = cell ? cell(row) : value(row);
                  return at === 0 ? (
                    <th key={name} scope="row">
                      {inside}
                    </th>
                  ) : (
                    <td key={name} class={number ? "number" : ""}>
                      {inside}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <div class="report-foot">
        <span class="soft">{foot}</span>
        <button type="button" class="button plain no-print" onClick={download}>
          Download as CSV<span class="hidden-text">: {label}</span>
        </button>
      </div>
    </div>
  );
}
