import { type Static, Type } from "typebox";
import { Closed } from "../http/shapes.ts";

/** `kind: Variable`, without `kind`, `name` and `scope`: a plain one with its value, or an encrypted one without. */
export const VariableSpec = Closed({
  value: Type.Optional(Type.Unknown({ description: "Any value: text, number, list, map …" })),
  encrypted: Type.Optional(
    Type.Boolean({ description: "It must be there, set with `runwright asset set`: its value is never in a file, and never looked at. Default: false" }),
  ),
});
export type VariableSpec = Static<typeof VariableSpec>;
