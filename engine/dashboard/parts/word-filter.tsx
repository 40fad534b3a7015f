import { Choice } from "./choice.tsx";
import { usePage } from "./page-context.ts";

/** Narrows a page to one of some words; which one stands in the address under the same name. */
export function WordFilter({ name, words, value }: { name: string; words: readonly string[]; value: string }) {
  const { location } = usePage();
  const choices = [{ value: "", name: `any ${name}` }, ...words.map((word) => ({ value: word, name: word }))];
  return <Choice label={name} value={words.includes(value) ? value : ""} choices={choices} onValue={(word) => location.narrow({ [name]: word })} />;
}
