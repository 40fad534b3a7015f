import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { Value } from "typebox/value";

/** Texts of queries and paths become what their schema says (`limit=5`); bodies are taken as they are. Schemas are compiled when first used: it keeps the start short. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: Validator | undefined;
  return (given) => {
    compiled ??= Compile(schema);
    const value = httpPart === "body" ? given : Value.Convert(schema, given);
    if (compiled.Check(value)) return { value };
    const errors = compiled
      .Errors(value)
      .map(({ keyword, instancePath, schemaPath, message, params }) => ({ keyword, instancePath, schemaPath, message, params: { ...params } }));
    return { error: errors.slice(0, 20) };
  };
};
