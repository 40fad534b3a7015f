import { usePage } from "./page-context.ts";
import { Select } from "./select.tsx";

/** Narrows a page to one of some words; which one stands in the address under the same name. */
export function Choice({ name, words, value }: { name: string; words: readonly string[]; value: string }) {
  const { location } = usePage();
  const choices = [{ value: "", name: `any ${name}` }, ...words.map((word) => ({ value: word, name: word }))];
  return <Select label={name} value={words.includes(value) ? value : ""} choices={choices} onValue={(word) => location.narrow({ [name]: word })} />;
}
