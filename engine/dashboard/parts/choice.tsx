import { usePage } from "./page-context.ts";

/** Narrows a page to one of some words; which one stands in the address under the same name. */
export function Choice({ name, words, value }: { name: string; words: readonly string[]; value: string }) {
  const { location } = usePage();
  return (
    <select class="input" aria-label={name} value={value} onChange={(event) => location.narrow({ [name]: event.currentTarget.value })}>
      <option value="">any {name}</option>
      {words.map((word) => (
        <option key={word}>{word}</option>
      ))}
    </select>
  );
}
