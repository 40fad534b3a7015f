import { useEffect, useId, useRef, useState } from "preact/hooks";

/** Nobody's list is read anew for each letter. */
const PAUSE_MS = 250;

/** A field that narrows a list: what was typed counts after a pause, or at once with Enter. What the address says wins when it changes from elsewhere. */
export function Search({
  name,
  value,
  onValue,
  placeholder,
  wrong,
  isCode = false,
  size,
}: {
  name: string;
  value: string;
  onValue(text: string): void;
  placeholder?: string;
  wrong?: string;
  isCode?: boolean;
  /** Characters that it has room for; without it as many as fit. */
  size?: number;
}) {
  const id = useId();
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const told = useRef(value);
  const tell = (next: string) => {
    clearTimeout(timer.current);
    told.current = next;
    if (next !== value) onValue(next);
  };
  useEffect(() => {
    if (value === told.current) return; // its own echo mustn't overwrite what was typed since
    told.current = value;
    clearTimeout(timer.current);
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <input
        class={`input ${isCode ? "mono" : ""} ${size === undefined ? "search" : ""}`}
        type="search"
        aria-label={name}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : id}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        size={size}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => tell(currentTarget.value.trim()), PAUSE_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") tell(event.currentTarget.value.trim());
        }}
      />
      {wrong !== undefined && (
        <span id={id} class="wrong" role="status">
          {wrong}
        </span>
      )}
    </>
  );
}
