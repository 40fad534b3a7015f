import type { Facet, Narrowing } from "../model/facets.ts";
import { counted, countText } from "../model/words.ts";
import { Name } from "./name.tsx";

/** What machines have in common, with how many they are: a value narrows the list to them, or opens it again. */
export function Facets({ facets, onNarrow }: { facets: readonly Facet[]; onNarrow(narrowing: Narrowing): void }) {
  return (
    <div class="facets">
      {facets.map(({ name, values, more }) => (
        <fieldset key={name}>
          <legend>
            <Name text={name} longest={60} />
          </legend>
          {values.map(({ value, count, isIn, toggled }) => (
            <button key={value} type="button" aria-pressed={isIn} onClick={() => onNarrow(toggled)}>
              <span class="value">
                <Name text={value} longest={80} />
              </span>
              <span class="number">{countText(count)}</span>
            </button>
          ))}
          {more > 0 && <span class="soft">and {counted(more, "more")}</span>}
        </fieldset>
      ))}
    </div>
  );
}
