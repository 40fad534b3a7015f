import { type Static, type TProperties, type TSchema, Type } from "typebox";
import { ROLES } from "../../core/role.ts";

/** Schemas that several nouns of the HTTP API share. Bodies and queries refuse members that they don't know: a misspelt one is told, not ignored. */
export const Closed = <Properties extends TProperties>(properties: Properties) => Type.Object(properties, { additionalProperties: false });
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
export const OneOf = <const Values extends readonly string[]>(values: Values) => Type.Unsafe<Values[number]>(Type.Enum([...values]));

/** RFC 3339 in UTC, such as `2026-03-01T12:00:00.000Z`. */
export const Time = Type.String({ format: "date-time" });
/** What a query names a time by. */
export const Moment = Type.String({ maxLength: 100, description: "An instant, such as 2026-03-01T12:00:00Z, or a wall time or date in UTC" });
export const ScopeText = Type.String({ maxLength: 600, description: "A place in the tree, such as / or /prod/web" });
export const Tags = Type.Record(Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$" }), Type.String({ maxLength: 256 }));
export const RoleName = OneOf(ROLES);
export const GrantShape = Closed({ role: RoleName, scope: ScopeText });

export const page = { cursor: Type.Optional(Type.String({ maxLength: 1_000 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) };
/** Names hold no capitals, so whoever types one means the small letter. */
export const search = Type.Optional(Type.String({ maxLength: 200, description: "What their names hold" }));
/** One page of a list; `next` is the cursor of the following one, null at the end. */
export const PageOf = <Item extends TSchema>(item: Item) => Type.Object({ items: Type.Array(item), next: Nullable(Type.String()) });
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** RFC 9457, `application/problem+json`. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  /** Of the catalogue in core/errors.ts: stable, for programs. */
  code: Type.String(),
  detail: Type.String(),
  instance: Type.String(),
  requestId: Type.String(),
  /** Single faults: fields of parameters, diagnostics of a runbook. */
  errors: Type.Optional(Type.Array(Type.Unknown())),
});
export type Problem = Static<typeof Problem>;

export const toTime = (at: number): string => new Date(at).toISOString();
export const toTimeOrNull = (at: number | null): string | null => (at === null ? null : toTime(at));
