import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A field with its name, what it takes, and what is wrong with what stands in it. */
export function Field({
  name,
  hint,
  wrong,
  children,
}: {
  name: string;
  hint?: ComponentChildren;
  wrong?: string;
  children(ids: { id: string; describedBy: string }): JSX.Element;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children({ id, describedBy: `${id}-hint` })}
      <span id={`${id}-hint`} class={wrong ? "wrong" : "hint"}>
        {wrong ?? hint}
      </span>
    </div>
  );
}

export interface TextFieldProps {
  name: string;
  value: string;
  onValue(text: string): void;
  hint?: string;
  wrong?: string;
  isSecret?: boolean;
  placeholder?: string;
  autocomplete?: string;
  isCode?: boolean;
}

export function TextField({ name, value, onValue, hint, wrong, isSecret = false, placeholder, autocomplete = "off", isCode = false }: TextFieldProps) {
  return (
    <Field name={name} hint={hint} wrong={wrong}>
      {({ id, describedBy }) => {
        const attributes = {
          id,
          value,
          placeholder,
          autocomplete,
          class: `input ${isCode ? "mono" : ""}`,
          spellcheck: false,
          "aria-describedby": describedBy,
          "aria-invalid": wrong !== undefined,
        };
        return isSecret ? (
          <input type="password" {...attributes} onInput={(event) => onValue(event.currentTarget.value)} />
        ) : (
          <input type="text" {...attributes} onInput={(event) => onValue(event.currentTarget.value)} />
        );
      }}
    </Field>
  );
}

/** Yes or no. */
export function Check({ name, isChecked, onCheck, hint }: { name: string; isChecked: boolean; onCheck(isChecked: boolean): void; hint?: string }) {
  const id = useId();
  return (
    <div class="check-field">
      <input id={id} type="checkbox" checked={isChecked} aria-describedby={hint && `${id}-hint`} onChange={(event) => onCheck(event.currentTarget.checked)} />
      <label for={id}>{name}</label>
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

/** One of a few. */
export function ChoiceField<Value extends string>({
  name,
  value,
  of,
  onValue,
  hint,
}: {
  name: string;
  value: Value;
  of: readonly { value: Value; says: string }[];
  onValue(value: Value): void;
  hint?: string;
}) {
  return (
    <Field name={name} hint={hint}>
      {({ id, describedBy }) => (
        <select
          id={id}
          class="input"
          value={value}
          aria-describedby={describedBy}
          onChange={(event) => {
            const chosen = of[event.currentTarget.selectedIndex];
            if (chosen) onValue(chosen.value);
          }}
        >
          {of.map((one) => (
            <option key={one.value} value={one.value}>
              {one.says}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Lines of text; what is secret in it is drawn as dots where the browser can. */
export function LinesField({
  name,
  value,
  onValue,
  hint,
  wrong,
  rows = 4,
  isSecret = false,
  placeholder,
}: Omit<TextFieldProps, "autocomplete" | "isCode"> & { rows?: number }) {
  return (
    <Field name={name} hint={hint} wrong={wrong}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          class={`input mono ${isSecret ? "secret" : ""}`}
          rows={rows}
          value={value}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={describedBy}
          aria-invalid={wrong !== undefined}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
