import { useRef, useState } from "preact/hooks";

/** A text to be taken along. Where the browser keeps its clipboard from pages (no TLS), the text is selected to be copied by hand. */
export function Copy({ label, text }: { label: string; text: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [says, setSays] = useState("Copy");
  const copy = () => {
    field.current?.select();
    const { clipboard } = navigator as Partial<Navigator>;
    if (!clipboard) return setSays("Selected");
    clipboard.writeText(text).then(
      () => setSays("Copied"),
      () => setSays("Selected"),
    );
  };
  return (
    <div class="copy">
      <input ref={field} class="input mono" type="text" readOnly aria-label={label} value={text} onFocus={(event) => event.currentTarget.select()} />
      <button type="button" class="button" onClick={copy}>
        <span role="status">{says}</span>
      </button>
    </div>
  );
}
