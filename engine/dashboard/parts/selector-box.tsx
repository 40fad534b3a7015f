import { useId, useState } from "preact/hooks";
import { RunwrightError } from "../../core/errors.ts";
import { parseSelector } from "../../core/selector.ts";
import { usePage } from "./page-context.ts";

/** Narrows what a page counts to the machines that a selector selects. It is taken whole, with Enter: half of a selector is another one. */
export function SelectorBox() {
  const { location } = usePage();
  const { selector = "" } = location.place.value.query;
  const [wrong, setWrong] = useState<string>();
  const id = useId();
  const take = (text: string) => {
    const problem = text === "" ? undefined : wrongIn(text);
    setWrong(problem);
    if (problem === undefined) location.narrow({ selector: text });
  };
  return (
    <>
      {wrong !== undefined && (
        <span id={id} class="wrong" role="status">
          {wrong}
        </span>
      )}
      <input
        key={selector}
        class="input mono search"
        type="search"
        aria-label="Selector: the machines that are counted"
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : id}
        placeholder="all machines, or tag:role=web"
        spellcheck={false}
        autocomplete="off"
        maxLength={2_000}
        defaultValue={selector}
        onChange={(event) => take(event.currentTarget.value.trim())}
      />
    </>
  );
}

function wrongIn(selector: string): string | undefined {
  try {
    parseSelector(selector);
    return undefined;
  } catch (error) {
    if (error instanceof RunwrightError) return error.message;
    throw error;
  }
}
