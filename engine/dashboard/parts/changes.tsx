import type { ComponentChildren } from "preact";
import { type Change, valueText } from "../model/changes.ts";
import { Name } from "./name.tsx";

const LONGEST_VALUE = 4_000;

/** A value of any shape, as text. */
export function Value({ of }: { of: unknown }): ComponentChildren {
  const text = valueText(of);
  return text.includes("\n") ? (
    <pre class="entry-value">
      <Name text={text} longest={LONGEST_VALUE} />
    </pre>
  ) : (
    <Name text={text} longest={LONGEST_VALUE} />
  );
}

/** Members before and after. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <table class="plain-table changes">
      <thead>
        <tr>
          <th scope="col">Changed</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, from, to }) => (
          <tr key={name}>
            <th scope="row">
              <Name text={name} longest={80} />
            </th>
            <td class="soft">
              <Value of={from} />
            </td>
            <td>
              <Value of={to} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
