/** One of a few, where the name of the choice is told to screen readers and seen in its first entry. */
export function Select({ label, value, choices, onValue, isLabelled = false }: SelectProps) {
  const select = (
    <select class="input" aria-label={label} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
      {choices.map(({ value, name }) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
  return isLabelled ? (
    <span class="labelled">
      <span class="soft" aria-hidden="true">
        {label}
      </span>
      {select}
    </span>
  ) : (
    select
  );
}

export interface SelectProps {
  label: string;
  value: string;
  choices: readonly { value: string; name: string }[];
  onValue(value: string): void;
  /** Shows the label beside it, where no entry says what is chosen. */
  isLabelled?: boolean;
}
