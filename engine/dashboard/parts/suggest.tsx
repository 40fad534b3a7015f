import { useId } from "preact/hooks";
import type { ReadOptions } from "../model/reads.ts";
import { useRead } from "./read.tsx";

/** A field for a name, with the first names that go on like it. Any text may stand in it. */
export function Suggest({
  label,
  value,
  onValue,
  from,
  placeholder,
}: {
  label: string;
  value: string;
  onValue(text: string): void;
  from: { path: string; options: ReadOptions } | undefined;
  placeholder?: string;
}) {
  const id = useId();
  const names = useRead<{ items: readonly { name: string }[] }>(from?.path, from?.options ?? { of: [] });
  return (
    <>
      <input
        class="input search"
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        list={id}
        spellcheck={false}
        autocomplete="off"
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <datalist id={id}>
        {names.value?.items.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
