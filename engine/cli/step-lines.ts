import type { DebugStep } from "../core/debug.ts";
import { clean, type Terminal } from "./terminal.ts";

const HOW = { recorded: "recorded", done: "done now", withheld: "NOT done; it would have been" } as const;
const WIDTH = 300;

/** A value in one line, cut. */
export function shortValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return clean(text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text);
}

/** `3  machines.exec(…)  patch.ts:12:5`, then what came of it. */
export function stepLines({ call, op, how, args, ok, outcome, site }: DebugStep, { colour }: Pick<Terminal, "colour">): string[] {
  return [
    `${colour("bold", String(call).padStart(3))}  ${op}(${shortValue(args)})${site ? `  ${colour("gray", site)}` : ""}`,
    `     ${colour(how === "withheld" ? "yellow" : "gray", HOW[how])}: ${colour(ok ? "reset" : "red", `${ok ? "" : "failed with "}${shortValue(outcome)}`)}`,
  ];
}
