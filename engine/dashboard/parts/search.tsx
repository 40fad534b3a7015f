/** Narrows a list by what names hold. */
export function Search({ label, value, onValue, placeholder }: { label: string; value: string; onValue(text: string): void; placeholder?: string }) {
  return (
    <input
      class="input search"
      type="search"
      aria-label={label}
      placeholder={placeholder ?? label}
      spellcheck={false}
      autocomplete="off"
      value={value}
      onInput={(event) => onValue(event.currentTarget.value)}
    />
  );
}
