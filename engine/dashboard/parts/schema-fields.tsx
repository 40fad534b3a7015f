import type { Field as Asked } from "../../core/parameter-form.ts";
import { choiceText, type Texts } from "../model/filled.ts";
import { cut } from "../model/words.ts";
import { Field, TextField } from "./field.tsx";

/** Boxes for what a JSON Schema asks for. Names and descriptions are their author's. */
export function SchemaFields({
  fields,
  texts,
  wrong,
  onText,
}: {
  fields: readonly Asked[];
  texts: Texts;
  wrong: Readonly<Record<string, string>>;
  onText(name: string, text: string): void;
}) {
  return (
    <>
      {fields.map(({ name, description, required, otherwise, choices, secret, takes }) => {
        const hint = cut(
          [description, choices ? "" : takes, otherwise === undefined ? "" : `${choiceText(otherwise)} without it`, required ? "needed" : ""]
            .filter(Boolean)
            .join(" · "),
        );
        const value = texts[name] ?? "";
        if (!choices)
          return (
            <TextField key={name} {...{ name: cut(name, 80), value, hint, wrong: wrong[name], isSecret: secret }} onValue={(text) => onText(name, text)} />
          );
        return (
          <Field key={name} name={cut(name, 80)} hint={hint} wrong={wrong[name]}>
            {({ id, describedBy }) => (
              <select id={id} class="input" aria-describedby={describedBy} value={value} onChange={(event) => onText(name, event.currentTarget.value)}>
                <option value="">{required ? "Choose" : "Not set"}</option>
                {choices.map((choice) => (
                  <option key={choiceText(choice)} value={choiceText(choice)}>
                    {cut(typeof choice === "string" ? choice : choiceText(choice), 80)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        );
      })}
    </>
  );
}
