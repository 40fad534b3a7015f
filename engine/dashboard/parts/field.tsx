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
