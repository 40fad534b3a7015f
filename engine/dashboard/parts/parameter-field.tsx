import type { Field as Parameter } from "../../core/parameter-form.ts";
import { choiceText } from "../model/run-form.ts";
import { cut } from "../model/words.ts";
import { Field } from "./field.tsx";

/** One parameter: a choice, a text, a number, or JSON. */
export function ParameterField({ field, text, wrong, onText }: { field: Parameter; text: string; wrong: string | undefined; onText(text: string): void }) {
  const { name, description, required, otherwise, choices, secret, takes } = field;
  const hint = [
    ...(description === "" ? [] : [cut(description, 600)]),
    ...(choices ? [] : [cut(takes, 200)]),
    ...(otherwise === undefined ? [] : [`default ${secret ? "is kept secret" : cut(JSON.stringify(otherwise) ?? "", 200)}`]),
    ...(secret ? ["secret: not remembered"] : []),
  ].join(" · ");
  const isJson = takes.endsWith("JSON");
  return (
    <Field name={`${cut(name, 100)}${required ? "" : " (optional)"}`} hint={<bdi>{hint}</bdi>} wrong={wrong}>
      {({ id, describedBy }) => {
        const attributes = {
          id,
          class: `input ${isJson ? "mono" : ""}`,
          "aria-describedby": describedBy,
          "aria-invalid": wrong !== undefined,
          "aria-required": required,
          spellcheck: false,
          autocomplete: "off",
        };
        if (choices) {
          return (
            <select {...attributes} value={text} onChange={(event) => onText(event.currentTarget.value)}>
              <option value="">{otherwise === undefined ? (required ? "choose" : "not given") : "the default"}</option>
              {choices.map((choice) => (
                <option key={choiceText(choice)} value={choiceText(choice)}>
                  {cut(typeof choice === "string" ? choice : choice === true ? "yes" : choice === false ? "no" : choiceText(choice), 120)}
                </option>
              ))}
            </select>
          );
        }
        if (secret)
          return <input type="password" {...attributes} autocomplete="new-password" value={text} onInput={(event) => onText(event.currentTarget.value)} />;
        if (isJson)
          return (
            <textarea
              rows={Math.min(10, Math.max(2, text.split("\n").length))}
              {...attributes}
              value={text}
              onInput={(event) => onText(event.currentTarget.value)}
            />
          );
        return (
          <input
            type="text"
            inputMode={takes.includes("number") ? "decimal" : undefined}
            {...attributes}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        );
      }}
    </Field>
  );
}
