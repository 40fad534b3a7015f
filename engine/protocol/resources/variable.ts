import { type Static, Type } from "typebox";
import { VARIABLE_TYPES } from "../../core/asset.ts";
import { Closed, OneOf } from "../http/shapes.ts";

/** `kind: Variable`, without `kind`, `name` and `scope`: a plain one with its value, or an encrypted one without. */
export const VariableSpec = Closed({
  value: Type.Optional(Type.Unknown({ description: "Any value: text, number, list, map …" })),
  type: Type.Optional({ ...OneOf(VARIABLE_TYPES), description: "Which values it takes. Default: as it is, else that of the value" }),
  encrypted: Type.Optional(
    Type.Boolean({ description: "It must be there, set with `runwright asset set`: its value is never in a file, and never looked at. Default: false" }),
  ),
});
export type VariableSpec = Static<typeof VariableSpec>;
