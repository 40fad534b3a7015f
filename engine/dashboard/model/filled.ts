import type { Field, Values } from "../../core/parameter-form.ts";

/** What stands in the boxes of a form, by field. */
export type Texts = Readonly<Record<string, string>>;

export interface Filled {
  values: Values;
  /** What is wrong with a box that something stands in. */
  wrong: Readonly<Record<string, string>>;
  /** Names of fields that are needed and empty. */
  missing: readonly string[];
}

/** Reads a form. A box that nothing stands in has no value: the engine takes the default. */
export function readFilled(fields: readonly Field[], texts: Texts): Filled {
  const values: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  const missing: string[] = [];
  for (const field of fields) {
    const text = texts[field.name] ?? "";
    if (text === "") {
      if (field.required) missing.push(field.name);
      continue;
    }
    const read = field.choices ? choiceOf(field.choices, text) : field.read(text);
    if ("problem" in read) wrong[field.name] = read.problem;
    else values[field.name] = read.value;
  }
  return { values, wrong, missing };
}

/** Choices stand in their boxes as JSON, so that the text `1` and the number are told apart. */
export const choiceText = (choice: unknown): string => JSON.stringify(choice) ?? "";

function choiceOf(choices: readonly unknown[], text: string): { value: unknown } | { problem: string } {
  const found = choices.filter((choice) => choiceText(choice) === text);
  return found.length > 0 ? { value: found[0] } : { problem: "It isn't one of the choices." };
}
